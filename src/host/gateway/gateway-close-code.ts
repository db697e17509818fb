/** For a side that closed normally, or without a code. */
const normalClosure = 1000
const internalError = 1011
/** For a BiDi connection whose lease is over; applications may use 4000 to 4999. */
export const leaseLostCode = 4001

/**
 * The close code to send for one that was received: 1005 (none given), 1006 (connection lost) and 1015 exist only as
 * reports of what happened and may not be sent (RFC 6455, section 7.4.1).
 */
export function sendableCloseCode(received: number): number {
  if (received === 1005) return normalClosure
  const sendable =
    (received >= 1000 && received <= 1014 && received !== 1004 && received !== 1006) ||
    (received >= 3000 && received <= 4999)
  return sendable ? received : internalError
}

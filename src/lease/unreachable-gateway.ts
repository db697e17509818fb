import { BatonError } from '../error/baton-error.js'

/** Why a host may not join: it and a host on another machine could not send commands to each other's devices. */
interface Unreachable {
  /** The other host. */
  host: string
  /** The other host's gateway is the one that cannot be reached. */
  theirs: boolean
}

export function unreachableGateway(
  { name, gatewayUrl }: { name: string; gatewayUrl: string },
  { host: other, theirs }: Unreachable,
): BatonError {
  const [host, peer] = theirs ? [other, name] : [name, other]
  const at = theirs ? '' : ` (${gatewayUrl})`
  return new BatonError(
    'BATON_GATEWAY_UNREACHABLE',
    `the gateway of host '${host}'${at} is reached from its own machine only, and host '${peer}' is on another machine`,
    {
      hint:
        `restart host '${host}' so that other machines reach it: name its Redis by an address of the network, not by loopback, ` +
        `and leave "gateway" out of its devices.json; or use --advertise HOST[:PORT]`,
    },
  )
}

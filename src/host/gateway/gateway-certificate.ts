import { createPrivateKey, generateKeyPairSync, randomBytes, sign, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { BatonError } from '../../error/baton-error.js'
import { errorMessage } from '../../error/error-text.js'

/** What a gateway needs to serve TLS. PEM. */
export interface GatewayTls {
  cert: string
  key: string
  /** Certificates that sign those of the farm's gateways. Absent: only the fingerprints in Redis are checked. */
  ca?: string | undefined
}

export interface TlsFiles {
  cert: string
  key: string
  ca?: string | undefined
}

const hint = 'pass PEM files: --tls-cert CERTIFICATE --tls-key KEY, and --tls-ca CA for the certificates of other hosts'

/** @throws BatonError BATON_USAGE if a file cannot be read, or if key and certificate don't belong together */
export function readTlsFiles({ cert, key, ca }: TlsFiles): GatewayTls {
  const tls = {
    cert: readPem('--tls-cert', cert),
    key: readPem('--tls-key', key),
    ...(ca !== undefined && { ca: readPem('--tls-ca', ca) }),
  }
  const check = (option: string, file: string, isValid: () => boolean, problem: string): void => {
    try {
      if (isValid()) return
    } catch (cause) {
      throw new BatonError('BATON_USAGE', `${option} ${file}: ${errorMessage(cause)}`, { hint, cause })
    }
    throw new BatonError('BATON_USAGE', `${option} ${file}: ${problem}`, { hint })
  }
  check('--tls-cert', cert, () => new X509Certificate(tls.cert).subject !== undefined, 'it is not a certificate')
  const isPair = (): boolean => new X509Certificate(tls.cert).checkPrivateKey(createPrivateKey(tls.key))
  check('--tls-key', key, isPair, `it is not the key of ${cert}`)
  const caText = tls.ca
  if (ca !== undefined && caText !== undefined)
    check('--tls-ca', ca, () => new X509Certificate(caText).ca, 'it is not the certificate of a CA')
  return tls
}

function readPem(option: string, file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new BatonError('BATON_USAGE', `${option} ${file}: ${errorMessage(cause)}`, { hint, cause })
  }
}

/** The SHA-256 of a certificate, in hex: what a host announces, and what others compare. */
export function fingerprintOf(certificate: X509Certificate): string {
  return certificate.fingerprint256.replaceAll(':', '').toLowerCase()
}

/**
 * Makes a certificate for one start of a gateway. Others recognize it by its fingerprint, so it needs neither names nor a CA
 * (X.509 version 1, RFC 5280).
 */
export function makeCertificate(): GatewayTls {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  // An integer is negative if its first bit is set.
  const serial = randomBytes(16)
  serial.writeUInt8((serial.readUInt8(0) & 0x7f) | 0x40, 0)
  const validity = der(0x30, der(0x17, '240101000000Z'), der(0x18, '99991231235959Z'))
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const toBeSigned = der(0x30, der(0x02, serial), ecdsaWithSha256, name, validity, name, spki)
  const signature = sign('sha256', toBeSigned, privateKey)
  const certificate = der(0x30, toBeSigned, ecdsaWithSha256, der(0x03, Buffer.of(0), signature))
  const lines = certificate.toString('base64').replaceAll(/.{64}/g, '$&\n')
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

/** One value in DER (X.690): its tag, its length and its content. */
function der(tag: number, ...content: (Buffer | string)[]): Buffer {
  const body = Buffer.concat(content.map(part => Buffer.from(part as string)))
  const { length } = body
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.of(tag, ...size), body])
}

/** ecdsa-with-SHA256, 1.2.840.10045.4.3.2 */
const ecdsaWithSha256 = der(0x30, der(0x06, Buffer.from('2a8648ce3d040302', 'hex')))
/** CN=baton gateway */
const name = der(0x30, der(0x31, der(0x30, der(0x06, Buffer.from('550403', 'hex')), der(0x0c, 'baton gateway'))))

import { z } from 'zod'
import { BatonError } from '../../error/baton-error.js'
import { errorMessage } from '../../error/error-text.js'
import type { AppCache, ModuleRequirements } from '../app-cache.js'
import { maskError } from '../../error/mask-error.js'
import type { Grant, GrantedDevice } from '../../lease/grant.js'
import type { DeviceActor } from './device-actor.js'
import { deviceOfferSchema, type DeviceOffer } from './device-offer.js'
import { artifactRequestSchema, storedArtifactsSchema } from './artifact-collector.js'
import type { ArtifactCollector, ArtifactRequest, StoredArtifact } from './artifact-collector.js'
import { callControl, type ControlCall } from '../gateway/gateway-client.js'
import { gatewayFaultSchema, type FaultLog, type GatewayFault } from '../gateway/gateway-fault.js'
import type { ControlAction } from '../gateway/gateway-control.js'
import type { GatewayTunnels } from '../gateway/gateway-tunnels.js'
import { nextLease } from '../gateway/gateway-token.js'
import type { Gateway } from '../gateway/gateway.js'
import { networkCommandSchema } from '../../script/network/network-command.js'

/** Opening a session on a phone can take minutes. */
const offerTimeoutMs = 180_000
/** An open connection may be broken, which takes `maxSilenceMs` to show. */
const faultsTimeoutMs = 10_000
const artifactsTimeoutMs = 10_000
/** Ending a recording takes seconds; sending it depends on the connection to Redis. */
const videoTimeoutMs = 60_000

const networkRequestSchema = z.object({ command: networkCommandSchema })
const faultsSchema = z.array(gatewayFaultSchema)

/** The devices of a lease, wherever they are: this host's own directly, those of other hosts through their gateways. */
export class LeasedDevices {
  constructor(
    private readonly hostName: string,
    private readonly own: ReadonlyMap<string, DeviceActor>,
    private readonly gateway: Gateway,
    private readonly farmSecret: () => string,
    private readonly tunnels: GatewayTunnels,
    private readonly collector: ArtifactCollector,
    private readonly apps: AppCache,
  ) {}

  /** The actions that a lead host may request from this host; a worker may request `network` and `reset`. */
  static controlsFor(
    own: ReadonlyMap<string, DeviceActor>,
    faultsOf: (lease: string) => Promise<GatewayFault[]>,
    collector: ArtifactCollector,
    mask: (text: string) => string,
    apps: AppCache,
  ): Record<string, ControlAction> {
    return {
      ready: async ({ device, lease, body }) => {
        try {
          return await deviceNamed(own, device).offer(lease, await apps.requirementsFor(device, body))
        } catch (error) {
          // The lead host can mask its own secrets, not this host's.
          throw maskError(error, mask)
        }
      },
      faults: async ({ lease }) => (await faultsOf(lease)).map(fault => ({ ...fault, message: mask(fault.message) })),
      evidence: ({ device, lease, body }) =>
        collector.collect(deviceNamed(own, device), lease, artifactRequestSchema.parse(body)),
      network: ({ device, body }) => {
        const { command } = networkRequestSchema.parse(body)
        return deviceNamed(own, device).network.perform(command)
      },
      reset: ({ device }) => Promise.resolve({ by: deviceNamed(own, device).resetBy }),
      video: ({ device, lease, body }) =>
        collector.keepVideo(deviceNamed(own, device).recorder, lease, artifactRequestSchema.parse(body)),
    }
  }

  /** @param requirements - what the module needs on the device */
  async offer(granted: GrantedDevice, lease: string, requirements: ModuleRequirements): Promise<DeviceOffer> {
    if (granted.host === this.hostName) {
      return deviceNamed(this.own, granted.device).offer(
        lease,
        await this.apps.requirementsFor(granted.device, requirements),
      )
    }
    const response = deviceOfferSchema
    const call = { lease, action: 'ready', body: requirements, timeoutMs: offerTimeoutMs, isRepeatable: true, response }
    const offer = await this.#callHost(granted, call)
    return { ...offer, gateway: gatewayAddress(await this.tunnels.localUrl(granted.gatewayUrl)) }
  }

  /** What went wrong under a lease with the sessions of all its devices. */
  async faultsOf(grant: Grant): Promise<GatewayFault[]> {
    const deputies = Object.values(grant.devices).filter(({ host }) => host !== this.hostName)
    const repeatable = { timeoutMs: faultsTimeoutMs, isRepeatable: true }
    const call = { lease: grant.lease, action: 'faults', ...repeatable, response: faultsSchema }
    const remote = deputies.map(async granted =>
      // A host that does not answer is a fault itself.
      this.#callHost(granted, call).catch((error: unknown): GatewayFault[] => [
        { device: granted.device, kind: 'upstream', message: errorMessage(error), at: Date.now() },
      ]),
    )
    const local = sessionFaults(this.gateway, grant.lease, this.own)
    return (await Promise.all([local, ...remote])).flat()
  }

  /**
   * Lets the device's host store artifacts, which the run process fetches.
   * @throws BatonError if that host does not answer in time
   */
  async collectArtifacts(granted: GrantedDevice, lease: string, request: ArtifactRequest): Promise<StoredArtifact[]> {
    if (granted.host === this.hostName) {
      return this.collector.collect(deviceNamed(this.own, granted.device), lease, request)
    }
    const response = storedArtifactsSchema
    return this.#callHost(granted, {
      lease,
      action: 'evidence',
      body: request,
      timeoutMs: artifactsTimeoutMs,
      isRepeatable: true,
      response,
    })
  }

  /**
   * Lets the device's host end the recording and store it. The run process fetches it.
   * @throws BatonError if that host does not answer in time
   */
  async keepVideo(granted: GrantedDevice, lease: string, request: ArtifactRequest): Promise<StoredArtifact[]> {
    if (granted.host === this.hostName) {
      return this.collector.keepVideo(deviceNamed(this.own, granted.device).recorder, lease, request)
    }
    const response = storedArtifactsSchema
    return this.#callHost(granted, { lease, action: 'video', body: request, timeoutMs: videoTimeoutMs, response })
  }

  /** Takes this host's devices from a lease if they need no check. @returns those that are ready for the next module */
  async reusableDevicesOf({ devices, lease }: Grant): Promise<string[]> {
    const clean = Object.values(devices).map(async ({ device, host }) => {
      const actor = host === this.hostName ? deviceNamed(this.own, device) : undefined
      if (!actor?.isReusable || this.gateway.needsNewSession(device)) return []
      // Not waited for: a device with a command in flight gets a check.
      if (!(await this.gateway.revoke(device, nextLease(lease), 0))) return []
      return actor.returnReusable() ? [device] : []
    })
    return (await Promise.all(clean)).flat()
  }

  /** The farm's secret is shared, so only a host of this farm can answer. */
  async #callHost<T>(
    { gatewayUrl, device, host }: GrantedDevice,
    { body, ...call }: Omit<ControlCall<T>, 'gateway' | 'farmSecret' | 'body'> & { body?: object },
  ): Promise<T> {
    const gateway = await this.tunnels.localUrl(gatewayUrl).catch((cause: unknown) => {
      const message = `the address of host '${host}' in Redis is ${errorMessage(cause)}`
      throw new BatonError('BATON_DEVICE_LOST', message, { device, cause })
    })
    return callControl({ ...call, gateway, farmSecret: this.farmSecret(), body: { ...body, device } })
  }
}

/** @param url - `http://host:port` */
function gatewayAddress(url: string): DeviceOffer['gateway'] {
  const { hostname, port } = new URL(url)
  return { protocol: 'http', hostname, port: Number(port) || 80, path: '/' }
}

/** What went wrong under a lease with the sessions of this host's devices, except what their apps caused. */
export async function sessionFaults(
  log: Pick<FaultLog, 'faultsOf'>,
  lease: string,
  own: ReadonlyMap<string, DeviceActor>,
): Promise<GatewayFault[]> {
  const faults = log.faultsOf(lease).map(async fault => {
    const isApps = fault.kind === 'session' && (await own.get(fault.device)?.isAppFault(fault.message))
    return isApps ? [] : [fault]
  })
  return (await Promise.all(faults)).flat()
}

function deviceNamed(own: ReadonlyMap<string, DeviceActor>, device: string): DeviceActor {
  const actor = own.get(device)
  if (!actor) throw new Error(`this host has no device ${device}`)
  return actor
}

/**
 * How a device gets its traffic to the proxy that the host runs for it. `proxy`: its sessions take an HTTP proxy for
 * everything. `ports`: ports of the run's servers lead to the proxy, and nothing else does. `unavailable`: why there is no
 * way, for the user.
 */
export type NetworkPath = { via: 'proxy' } | { via: 'ports' } | { unavailable: string }

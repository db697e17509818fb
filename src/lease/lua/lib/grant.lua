-- @include expiry feasibility
-- Grants: a need gets devices for all its roles in one lease.
--
-- host:<h> hash      incarnation, gateway, ttl (ms)
-- inbox:<h> list     grants and other messages for a host, as JSON

local hosts = {}

local function hostOf(name)
  if not hosts[name] then
    local h = call('HMGET', KEY_OF.host(name), 'gateway', 'ttl')
    hosts[name] = { gateway = h[1] or '', ttl = tonumber(h[2] or 1000) }
  end
  return hosts[name]
end

-- The lead host of a lease: the caller if it has one of the devices, else the host with the most of them.
local function leadOf(counts, caller)
  if counts[caller] then
    return caller
  end
  local lead, best = nil, 0
  for host, count in pairs(counts) do
    if count > best or (count == best and host < lead) then
      lead, best = host, count
    end
  end
  return lead
end

-- Grants the devices to one job of the need. owner: device -> index of its role
local function grant(need, roles, owner, caller)
  local d = definition(need)
  local id = nextLease()
  local byRole, devices, needs, counts, freed = {}, {}, {}, {}, 0
  for device, index in pairs(owner) do
    local role, selector = roles[index][1], roles[index][2]
    local key = KEY_OF.device(device)
    local host, freedAt = offers[device], nowUs
    if host then
      offers[device] = nil
    else
      withdraw(device)
      local known = call('HMGET', key, 'host', 'freed', 'lease')
      host, freedAt = known[1], tonumber(known[2] or 0)
      if known[3] then
        audit('event', 'VIOLATION', 'lease', id, 'device', device, 'held', known[3])
      end
    end
    call('HSET', key, 'state', 'leased', 'reason', '', 'since', digits(wallMs), 'lease', id, 'role', role, 'minLease', id)
    byRole[role] = device
    needs[role] = selector
    devices[role] = { device = device, host = host, gatewayUrl = hostOf(host).gateway }
    freed = math.max(freed, freedAt)
    counts[host] = (counts[host] or 0) + 1
  end
  local lead = leadOf(counts, caller)
  local names = cjson.encode(byRole)
  call('HSET', KEY_OF.lease(id), 'need', need, 'run', d.run, 'host', lead, 'devices', names, 'granted', digits(wallMs))
  local lapses = nowMs + hostOf(lead).ttl
  call('ZADD', KEY.leases, digits(lapses), id)
  clocks.leases = math.min(clocks.leases, lapses)
  call('SADD', KEY_OF.promised(need), id)
  call('ZADD', KEY.active, id, need)
  audit('event', 'grant', 'lease', id, 'need', need, 'host', lead, 'by', caller, 'devices', names)
  local message = cjson.encode({
    type = 'grant',
    lease = id,
    run = d.run,
    queue = need,
    needs = needs,
    lead = lead,
    devices = devices,
    freedAt = digits(freed - aheadUs),
  })
  if lead == caller then
    return message
  end
  call('RPUSH', KEY_OF.inbox(lead), message)
end

-- The allocator: a function of the whole state. Whoever changes the state runs it; what comes out does not depend on who did.
--
-- hosts zset         host -> when it lapses (ms)             host:<h> hash   incarnation, gateway, ttl (ms)
-- runs zset          run -> when its owner is given up (ms, +inf for detached runs)
-- inbox:<h> list     grants and other news for a host, as JSON

local lapsedRuns = {}

local function expireRuns(caller)
  for _, run in ipairs(call('ZRANGEBYSCORE', P .. ':runs', '-inf', digits(nowMs), 'LIMIT', 0, 4)) do
    call('HSET', P .. ':run:' .. run, 'state', 'lapsed')
    -- reported again until somebody has cleared it away
    call('ZADD', P .. ':runs', digits(nowMs + 5000), run)
    if call('ZSCORE', P .. ':hosts', caller) then
      lapsedRuns[#lapsedRuns + 1] = run
    else
      sendToAnyHost({ type = 'lapsed', run = run })
    end
  end
end

-- When something happens by itself next, by the name of its sorted set; empty sets have no time.
local clocks = {}
local function readClock(name)
  local first = call('ZRANGE', P .. ':' .. name, '0', '0', 'WITHSCORES')
  clocks[name] = first[2] and tonumber(first[2]) or math.huge
end

-- Three of them are empty most of the time.
local function readClocks()
  for _, name in ipairs({ 'leases', 'hosts', 'runs' }) do
    readClock(name)
  end
  local rare = call('EXISTS', P .. ':due', P .. ':hold', P .. ':stages') > 0
  for _, name in ipairs({ 'due', 'hold', 'stages' }) do
    clocks[name] = math.huge
    if rare then
      readClock(name)
    end
  end
end

-- False where more is to be done before anything may be granted.
local function expire(caller)
  readClocks()
  if clocks.leases <= nowMs then
    for _, id in ipairs(call('ZRANGEBYSCORE', P .. ':leases', '-inf', digits(nowMs), 'LIMIT', 0, 50)) do
      local host = call('HGET', P .. ':lease:' .. id, 'host')
      endLease(id, 'expire', 'the lease lapsed: host ' .. tostring(host) .. ' stopped renewing it')
    end
    readClocks()
  end
  if clocks.hosts <= nowMs then
    local host = call('ZRANGE', P .. ':hosts', '0', '0')[1]
    if not loseHost(host, 'host ' .. host .. ' vanished') then
      return false
    end
    readClocks()
  end
  if clocks.due <= nowMs then
    for _, need in ipairs(call('ZRANGEBYSCORE', P .. ':due', '-inf', digits(nowMs))) do
      queueChanged(need)
    end
    readClocks()
  end
  if clocks.stages <= nowMs then
    advanceStages()
    readClocks()
  end
  if clocks.runs <= nowMs then
    expireRuns(caller)
    readClock('runs')
  end
  if clocks.hold <= nowMs then
    call('ZREMRANGEBYSCORE', P .. ':hold', '-inf', digits(nowMs))
    readClock('hold')
  end
  return true
end

local function nextWakeMs()
  local wake = nowMs + 60000
  for _, at in pairs(clocks) do
    wake = math.min(wake, at)
  end
  return math.max(1, wake - nowMs)
end

local hosts = {}
local function hostOf(name)
  if not hosts[name] then
    local h = call('HMGET', P .. ':host:' .. name, 'gateway', 'ttl')
    hosts[name] = { gateway = h[1] or '', ttl = tonumber(h[2] or 1000) }
  end
  return hosts[name]
end

-- The caller where it has a device of the lease, else the host with most of them.
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

-- owner: device -> index of its role
local function grant(need, roles, owner, caller)
  local d = definition(need)
  local id = nextLease()
  local byRole, devices, needs, counts, freed = {}, {}, {}, {}, 0
  for device, index in pairs(owner) do
    local role, ask = roles[index][1], roles[index][2]
    local key = P .. ':dev:' .. device
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
    call('HSET', key, 'state', 'leased', 'reason', '', 'since', digits(nowMs), 'lease', id, 'role', role, 'minLease', id)
    byRole[role] = device
    needs[role] = ask
    devices[role] = { device = device, host = host, gatewayUrl = hostOf(host).gateway }
    freed = math.max(freed, freedAt)
    counts[host] = (counts[host] or 0) + 1
  end
  local lead = leadOf(counts, caller)
  local names = cjson.encode(byRole)
  call('HSET', P .. ':lease:' .. id, 'need', need, 'run', d.run, 'host', lead, 'devices', names, 'granted', digits(nowMs))
  local lapses = nowMs + hostOf(lead).ttl
  call('ZADD', P .. ':leases', digits(lapses), id)
  clocks.leases = math.min(clocks.leases, lapses)
  call('SADD', P .. ':pend:' .. need, id)
  call('ZADD', P .. ':active', id, need)
  audit('event', 'grant', 'lease', id, 'need', need, 'host', lead, 'by', caller, 'devices', names)
  local message = cjson.encode({
    type = 'grant',
    lease = id,
    run = d.run,
    queue = need,
    needs = needs,
    lead = lead,
    devices = devices,
    freedAt = digits(freed),
  })
  if lead == caller then
    return message
  end
  call('RPUSH', P .. ':inbox:' .. lead, message)
end

local function replyOf(caller, more, grants)
  storeOffers()
  if #stalledQueues > 0 and not call('ZSCORE', P .. ':hosts', caller) then
    sendToAnyHost({ type = 'stalled', queues = stalledQueues })
  end
  return { more = more, wakeMs = nextWakeMs(), grants = grants, stalled = stalledQueues, lapsed = lapsedRuns }
end

-- Grants in fairness order: least recently served first, one for each need in a round. The oldest gang that cannot be served yet holds back
-- a maximum matching of the free devices, computed anew each time and never stored; needs that no online devices fit hold back nothing, nor
-- do those that need one which is still starting.
-- At most `max` grants; then `more` is 1 and the caller comes again.
local function schedule(caller, max)
  local grants, more = {}, false
  if not expire(caller) then
    return replyOf(caller, true, grants)
  end
  if clocks.stages <= nowMs then
    more = true
  end
  local stored = call('SCARD', P .. ':free')
  local free = stored
  for _ in pairs(offers) do
    free = free + 1
  end
  if free == 0 then
    return replyOf(caller, more, grants)
  end
  local order = call('ZRANGE', P .. ':active', '0', '-1')
  local wanted, blocked, taken, reservedFor = {}, {}, {}, nil
  local granted, reserved = 0, 0

  -- Where few devices are free, what they satisfy tells at once which needs can't be served: ask -> free devices that nobody has taken.
  local left
  local function countFree(device, change)
    for _, ask in ipairs(left and asksOf(device) or {}) do
      left[ask] = (left[ask] or 0) + change
    end
  end
  if stored <= 8 then
    left = {}
    for _, device in ipairs(stored > 0 and call('SMEMBERS', P .. ':free') or {}) do
      countFree(device, 1)
    end
    for device in pairs(offers) do
      countFree(device, 1)
    end
  end

  -- All but the gang for which devices are held back: it holds back what there is.
  local function isUnreachable(roles)
    if left and (reservedFor or #roles == 1) then
      for i = 1, #roles do
        if (left[roles[i][2]] or 0) <= 0 then
          return true
        end
      end
    end
    return false
  end

  local function wants(need)
    if wanted[need] == nil then
      if clocks.hold < math.huge and call('ZSCORE', P .. ':hold', need) then
        wanted[need] = 0
      else
        wanted[need] = demand(need, math.max(1, max))
        if wanted[need] <= 0 and call('SCARD', P .. ':pend:' .. need) == 0 then
          call('ZREM', P .. ':active', need)
        end
      end
    end
    return wanted[need] > 0
  end

  local function reserve(need, owner, size)
    reservedFor = need
    local names = {}
    for device in pairs(owner) do
      taken[device] = true
      countFree(device, -1)
      reserved = reserved + 1
      names[#names + 1] = device
    end
    if AUDIT and size > 0 then
      table.sort(names)
      audit('event', 'reserve', 'need', need, 'devices', array(names))
    end
  end

  -- Best first, but those to avoid behind all others: they are better than to wait. Those that refused the need's app are not.
  local function preferred(need, ask, most, avoid, count)
    local refused, refusing = devicesRefusing(need)
    local list, last = {}, {}
    for _, device in ipairs(candidates(ask, most + count + refusing)) do
      if not refused[device] then
        local part = avoid[device] and last or list
        part[#part + 1] = device
      end
    end
    for i = 1, #last do
      list[#list + 1] = last[i]
    end
    return list
  end

  local function firstFree(need, ask, avoid, count)
    for _, device in ipairs(preferred(need, ask, 1 + reserved, avoid, count)) do
      if not taken[device] then
        return device
      end
    end
  end

  -- device -> index of its role, or nil
  local function assign(need, roles)
    local single = #roles == 1 and roles[1][2]
    local first = single and firstFree(need, single, {}, 0)
    if single and not first or not wants(need) then
      return nil
    end
    local avoid, count = devicesToAvoid(need)
    if single then
      return { [count > 0 and firstFree(need, single, avoid, count) or first] = 1 }
    end
    local owner, size = match(roles, function(ask)
      return preferred(need, ask, #roles + reserved, avoid, count)
    end, taken)
    if size == #roles then
      return owner
    end
    if not reservedFor and answerOf(need) == 'now' and fitsStarted(roles, (devicesRefusing(need))) then
      reserve(need, owner, size)
    end
    return nil
  end

  local function visit(need)
    local d = definition(need)
    if not d then
      call('ZREM', P .. ':active', need)
      return false
    end
    local roles = currentRoles(d.roles, (devicesRefusing(need)))
    if isUnreachable(roles) then
      return false
    end
    local owner = assign(need, roles)
    if not owner then
      return false
    end
    if granted >= max then
      more = true
      return false
    end
    for device in pairs(owner) do
      countFree(device, -1)
    end
    grants[#grants + 1] = grant(need, roles, owner, caller)
    wanted[need] = wanted[need] - 1
    granted = granted + 1
    free = free - #roles
    return true
  end

  repeat
    local progress = false
    for i = 1, #order do
      if free - reserved <= 0 or more then
        progress = false
        break
      end
      local need = order[i]
      if not blocked[need] then
        if definitions[need] == nil then
          prefetchDefinitions(order, i)
        end
        if visit(need) then
          progress = true
        else
          blocked[need] = true
        end
      end
    end
  until not progress or more
  return replyOf(caller, more, grants)
end

-- Devices: who is registered, online, free, and which asks each satisfies.
--
-- dev:<d> hash       host, labels, driver, platform, udid, state, reason, since (ms), lease, role, minLease, freed (µs)
-- devices set        all registered, offline ones too        usable set   registered and not quarantined
-- online set         idle, leased or checking                free set     idle
-- starting set       online, and not idle once since it came
-- label:<l> set      registered devices with the label       da:<d> set   asks that a device satisfies
-- fa:<ask> zset      free devices for an ask: least wanted first, then longest idle
-- host:<h>:devices, host:<h>:up (not offline), host:<h>:checking: sets of a host's devices
-- asks hash          ask -> number of needs that use it      version      grows with each change of who could serve what

-- An ask may be a choice: asks joined by `,,`, best first. The index knows its alternatives only.
local function alternatives(ask)
  local list, from = {}, 1
  while true do
    local at = string.find(ask, ',,', from, true)
    list[#list + 1] = string.sub(ask, from, at and at - 1)
    if not at then
      return list
    end
    from = at + 2
  end
end

local function eachLabel(labels)
  return string.gmatch(labels, '[^,]+')
end

-- Keys whose intersection with `first` is the devices that satisfy an ask.
local function askKeys(ask, first)
  local keys = { first }
  for label in eachLabel(ask) do
    keys[#keys + 1] = P .. ':label:' .. label
  end
  return keys
end

-- For one alternative.
local function devicesFor(ask, set)
  return call('SINTER', unpack(askKeys(ask, P .. ':' .. set)))
end

-- For an ask with all its alternatives, best first.
local function devicesForAny(ask, set)
  local list, seen = {}, {}
  for _, one in ipairs(alternatives(ask)) do
    for _, device in ipairs(devicesFor(one, set)) do
      if not seen[device] then
        seen[device] = true
        list[#list + 1] = device
      end
    end
  end
  return list
end

local asksByDevice = {}
local function asksOf(device)
  if not asksByDevice[device] then
    asksByDevice[device] = call('SMEMBERS', P .. ':da:' .. device)
  end
  return asksByDevice[device]
end

-- Least wanted first, then longest idle: the device that the fewest selectors match, and of these the one that became free first (µs).
local IDLE_EPOCH_US = 1.7e15
local function freeScore(device, freed)
  return #asksOf(device) * 1e15 + freed - IDLE_EPOCH_US
end

-- After selectors came or went: the score of a free device in each of its lists.
local function rankFree(devices)
  local byAsk = {}
  for _, device in ipairs(devices) do
    asksByDevice[device] = nil
    local score = digits(freeScore(device, tonumber(call('HGET', P .. ':dev:' .. device, 'freed'))))
    for _, ask in ipairs(asksOf(device)) do
      local entries = byAsk[ask] or {}
      byAsk[ask] = entries
      entries[#entries + 1] = score
      entries[#entries + 1] = device
    end
  end
  for ask, entries in pairs(byAsk) do
    for from = 1, #entries, 1000 do
      call('ZADD', P .. ':fa:' .. ask, unpack(entries, from, math.min(from + 999, #entries)))
    end
  end
end

-- Devices that this script offers -> their host. Most are granted again before it ends: they are written down as free only if not.
-- `schedule` looks among them too, and writes down those that are left, so whoever offers must schedule.
local offers, offersByAsk = {}, {}

-- idle: from here on the device is granted to whoever is next.
local function offer(device, host)
  offers[device] = host
  for _, ask in ipairs(asksOf(device)) do
    local list = offersByAsk[ask] or {}
    offersByAsk[ask] = list
    list[#list + 1] = device
    list.sorted = false
  end
end

local function storeOffer(device)
  offers[device] = nil
  local key = P .. ':dev:' .. device
  call('HDEL', key, 'lease', 'role')
  call('HSET', key, 'state', 'idle', 'reason', '', 'since', digits(nowMs), 'freed', digits(nowUs))
  call('SADD', P .. ':free', device)
  local score = digits(freeScore(device, nowUs))
  for _, ask in ipairs(asksOf(device)) do
    call('ZADD', P .. ':fa:' .. ask, score, device)
  end
end

local function storeOffers()
  for device in pairs(offers) do
    storeOffer(device)
  end
end

local function withdraw(device)
  if offers[device] then
    storeOffer(device)
  end
  if call('SREM', P .. ':free', device) == 1 then
    for _, ask in ipairs(asksOf(device)) do
      call('ZREM', P .. ':fa:' .. ask, device)
    end
  end
end

local function setState(device, state, reason)
  call('HSET', P .. ':dev:' .. device, 'state', state, 'reason', reason, 'since', digits(nowMs))
end

-- Nobody may have the device until its own host has looked at it. The set lets a host whose message got lost find out.
local function setChecking(device, host, minLease, reason)
  call('HSET', P .. ':dev:' .. device, 'minLease', minLease)
  setState(device, 'checking', reason)
  call('SADD', P .. ':host:' .. host .. ':checking', device)
end

-- Runs that wait want to know who came and went; leasing and checking are not news.
local function announce(device, state, reason)
  local runs = call('ZRANGE', P .. ':runs', 0, -1)
  if #runs > 0 then
    local event = cjson.encode({
      type = 'device:state',
      device = device,
      host = call('HGET', P .. ':dev:' .. device, 'host'),
      state = state,
      reason = reason,
      at = nowMs,
    })
    for i = 1, #runs do
      appendDetail(runs[i], event)
    end
  end
end

local function setOnline(device)
  call('SADD', P .. ':usable', device)
  if call('SADD', P .. ':online', device) == 1 then
    call('INCR', P .. ':version')
    if call('HGET', P .. ':dev:' .. device, 'state') == 'checking' then
      call('SADD', P .. ':starting', device)
    end
    announce(device, 'checking', '')
  end
end

-- state: offline | quarantined
local function setOffline(device, host, state, reason)
  withdraw(device)
  call('SREM', P .. ':host:' .. host .. ':checking', device)
  setState(device, state, reason)
  call('SREM', P .. ':online', device)
  call('SREM', P .. ':starting', device)
  call(state == 'quarantined' and 'SREM' or 'SADD', P .. ':usable', device)
  call('INCR', P .. ':version')
  announce(device, state, reason)
end

local function unlabel(device)
  for label in eachLabel(call('HGET', P .. ':dev:' .. device, 'labels') or '') do
    call('SREM', P .. ':label:' .. label, device)
  end
end

local function unregister(device)
  withdraw(device)
  unlabel(device)
  local known = call('HMGET', P .. ':dev:' .. device, 'host', 'udid')
  if known[2] and call('HGET', P .. ':udids', known[2]) == device then
    call('HDEL', P .. ':udids', known[2])
  end
  if known[1] then
    call('SREM', P .. ':host:' .. known[1] .. ':devices', device)
    call('SREM', P .. ':host:' .. known[1] .. ':up', device)
    call('SREM', P .. ':host:' .. known[1] .. ':checking', device)
  end
  call('SREM', P .. ':devices', device)
  call('SREM', P .. ':usable', device)
  call('SREM', P .. ':online', device)
  call('SREM', P .. ':starting', device)
  call('DEL', P .. ':dev:' .. device, P .. ':da:' .. device)
  asksByDevice[device] = nil
  call('INCR', P .. ':version')
end

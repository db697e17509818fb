-- @include selector
-- Devices: who is registered, online and free.
--
-- device:<d> hash    host, labels, driver, platform, udid, state, reason, since (ms), lease, role, minLease (the smallest lease whose commands
--                    it may take), freed (µs)
-- devices set        all registered, offline ones too
-- usable set         registered and not quarantined
-- online set         idle, leased or checking
-- starting set       online, and not idle once since it came online
-- free set           idle
-- udids hash         udid -> device
-- host:<h>:devices, host:<h>:up (not offline), host:<h>:checking: sets of a host's devices
-- version            grows with each change of what could serve what

-- Devices that this script offers -> their host. Most are granted again before it ends: they are written down as free only if not.
-- `schedule` looks among them too, and writes down those that are left, so whoever offers must schedule.
local offers, offersBySelector = {}, {}

-- idle: from here on the device is granted to whoever is next.
local function offer(device, host)
  offers[device] = host
  for _, selector in ipairs(selectorsOf(device)) do
    local list = offersBySelector[selector] or {}
    offersBySelector[selector] = list
    list[#list + 1] = device
    list.sorted = false
  end
end

local function storeOffer(device)
  offers[device] = nil
  local key = P .. ':device:' .. device
  call('HDEL', key, 'lease', 'role')
  call('HSET', key, 'state', 'idle', 'reason', '', 'since', digits(nowMs), 'freed', digits(nowUs))
  call('SADD', P .. ':free', device)
  local score = digits(freeScore(device, nowUs))
  for _, selector in ipairs(selectorsOf(device)) do
    call('ZADD', P .. ':free-for:' .. selector, score, device)
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
    for _, selector in ipairs(selectorsOf(device)) do
      call('ZREM', P .. ':free-for:' .. selector, device)
    end
  end
end

local function setState(device, state, reason)
  call('HSET', P .. ':device:' .. device, 'state', state, 'reason', reason, 'since', digits(nowMs))
end

-- Nobody may have the device until its own host has looked at it. The set lets a host whose message got lost find out.
local function setChecking(device, host, minLease, reason)
  call('HSET', P .. ':device:' .. device, 'minLease', minLease)
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
      host = call('HGET', P .. ':device:' .. device, 'host'),
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
    if call('HGET', P .. ':device:' .. device, 'state') == 'checking' then
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
  for label in eachLabel(call('HGET', P .. ':device:' .. device, 'labels') or '') do
    call('SREM', P .. ':label:' .. label, device)
  end
end

local function unregister(device)
  withdraw(device)
  unlabel(device)
  local known = call('HMGET', P .. ':device:' .. device, 'host', 'udid')
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
  call('DEL', P .. ':device:' .. device, P .. ':selectors-of:' .. device)
  selectorsByDevice[device] = nil
  call('INCR', P .. ':version')
end

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
-- quarantined hash   device that a person has taken out of use -> why; whatever its host finds, it is not offered
-- device-log:<d>     stream of its last states (state, reason), without those between two modules, and of its last failures (failure, run, file)
-- device-sessions:<d> stream of the last modules that had it: run, file, role, lead (host), granted (ms), outcome, reason
-- host:<h>:devices, host:<h>:up (not offline), host:<h>:checking: sets of a host's devices
-- host:<h>:info hash: version, gateway, since (ms), and once it has left: heartbeat (ms, the last one), reason; kept until no device is left
-- changes stream     its newest entry follows each change of who is there: a host joined or left, a device became ready or left
-- version            grows with each change of what could serve what

-- Devices that this script offers -> their host. Most are granted again before it ends; only the others are stored as free.
-- `schedule` considers them too and stores those that are left, so a script that offers must also schedule.
local offers, offersBySelector = {}, {}

-- Set below.
local setOffline

-- The device is idle: the next need may take it.
local function offer(device, host)
  local why = call('HGET', KEY.quarantined, device)
  if why then
    call('HDEL', KEY_OF.device(device), 'lease', 'role')
    return setOffline(device, host, 'quarantined', why)
  end
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
  local key = KEY_OF.device(device)
  call('HDEL', key, 'lease', 'role')
  call('HSET', key, 'state', 'idle', 'reason', '', 'since', digits(wallMs), 'freed', digits(nowUs))
  call('SADD', KEY.free, device)
  local score = digits(freeScore(device, nowUs))
  for _, selector in ipairs(selectorsOf(device)) do
    call('ZADD', KEY_OF.freeFor(selector), score, device)
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
  if call('SREM', KEY.free, device) == 1 then
    for _, selector in ipairs(selectorsOf(device)) do
      call('ZREM', KEY_OF.freeFor(selector), device)
    end
  end
end

local function setState(device, state, reason)
  call('HSET', KEY_OF.device(device), 'state', state, 'reason', reason, 'since', digits(wallMs))
end

-- The device is not offered until its own host has checked it. The set reaches hosts whose message got lost, by their heartbeat.
local function setChecking(device, host, minLease, reason)
  call('HSET', KEY_OF.device(device), 'minLease', minLease)
  setState(device, 'checking', reason)
  call('SADD', KEY_OF.host(host) .. ':checking', device)
end

local function remember(key, most, device, ...)
  call('XADD', key(device), 'MAXLEN', '~', most, '*', ...)
end

-- Tells the open runs, and whoever looks later, that a device has come or gone. Leases and checks are not announced.
local function announce(device, state, reason)
  remember(KEY_OF.deviceLog, LIMIT.deviceLog, device, 'state', state, 'reason', reason)
  local runs = call('ZRANGE', KEY.runs, 0, -1)
  if #runs > 0 then
    local event = cjson.encode({
      type = 'device:state',
      device = device,
      host = call('HGET', KEY_OF.device(device), 'host'),
      state = state,
      reason = reason,
      at = wallMs,
    })
    for i = 1, #runs do
      appendDetail(runs[i], event)
    end
  end
end

-- A module has had the device. outcome: how its attempt ended; a failure of infrastructure is also kept with the device's states.
local function rememberSession(device, role, session)
  local reason = string.sub(session.reason, 1, 4 * LIMIT.reasonLength)
  remember(KEY_OF.deviceSessions, LIMIT.deviceSessions, device, 'run', session.run, 'file', session.file, 'role', role,
    'lead', session.lead, 'granted', session.granted, 'outcome', session.outcome, 'reason', reason)
  if session.outcome == 'infrastructure' then
    remember(KEY_OF.deviceLog, LIMIT.deviceLog, device, 'failure', reason, 'run', session.run, 'file', session.file)
  end
end

local function notifyChange()
  call('XADD', KEY.changes, 'MAXLEN', 1, '*', 'at', digits(wallMs))
end

local function setOnline(device)
  call('SADD', KEY.usable, device)
  if call('SADD', KEY.online, device) == 1 then
    call('INCR', KEY.version)
    if call('HGET', KEY_OF.device(device), 'state') == 'checking' then
      call('SADD', KEY.starting, device)
    end
    announce(device, 'checking', '')
  end
end

-- state: offline | quarantined
setOffline = function(device, host, state, reason)
  withdraw(device)
  call('SREM', KEY_OF.host(host) .. ':checking', device)
  setState(device, state, reason)
  call('SREM', KEY.online, device)
  call('SREM', KEY.starting, device)
  call(state == 'quarantined' and 'SREM' or 'SADD', KEY.usable, device)
  call('INCR', KEY.version)
  notifyChange()
  announce(device, state, reason)
end

local function unlabel(device)
  for label in eachLabel(call('HGET', KEY_OF.device(device), 'labels') or '') do
    call('SREM', KEY_OF.label(label), device)
  end
end

local function unregister(device)
  withdraw(device)
  unlabel(device)
  local known = call('HMGET', KEY_OF.device(device), 'host', 'udid')
  if known[2] and call('HGET', KEY.udids, known[2]) == device then
    call('HDEL', KEY.udids, known[2])
  end
  if known[1] then
    call('SREM', KEY_OF.host(known[1]) .. ':devices', device)
    call('SREM', KEY_OF.host(known[1]) .. ':up', device)
    call('SREM', KEY_OF.host(known[1]) .. ':checking', device)
    if call('ZSCORE', KEY.hosts, known[1]) == false and call('EXISTS', KEY_OF.host(known[1]) .. ':devices') == 0 then
      call('DEL', KEY_OF.host(known[1]) .. ':info')
    end
  end
  call('SREM', KEY.devices, device)
  call('SREM', KEY.usable, device)
  call('SREM', KEY.online, device)
  call('SREM', KEY.starting, device)
  call('DEL', KEY_OF.device(device), KEY_OF.selectorsOf(device))
  -- It may come back; registering it ends that.
  call('PEXPIRE', KEY_OF.deviceLog(device), LIMIT.deviceHistoryMs)
  call('PEXPIRE', KEY_OF.deviceSessions(device), LIMIT.deviceHistoryMs)
  selectorsByDevice[device] = nil
  call('INCR', KEY.version)
end

-- @include lease
-- Registers devices of a host that has joined, all or none. They are `checking` until the host offers them.
-- KEYS[1] prefix
-- ARGV[1] host  ARGV[2] its incarnation
-- ARGV[3] JSON list of { name, labels (with name=…, joined by commas), driver, platform, udid? }; at most 50, to keep the script short
-- Returns registerDevicesReply.
local host = ARGV[1]
if not isHost(host, ARGV[2]) then
  return named({ answer = 'gone' })
end
local devices = cjson.decode(ARGV[3])

local function liveOwner(device)
  local owner = device and call('HGET', KEY_OF.device(device), 'host')
  local until_ = owner and owner ~= host and call('ZSCORE', KEY.hosts, owner)
  return until_ and tonumber(until_) > nowMs and owner
end

local taken = {}
for _, device in ipairs(devices) do
  local owner = liveOwner(device.name)
  if owner then
    taken[#taken + 1] = { device = device.name, host = owner }
  elseif device.udid then
    local twin = call('HGET', KEY.udids, device.udid)
    owner = liveOwner(twin)
    if owner then
      taken[#taken + 1] = { device = device.name, host = owner, udid = device.udid }
    end
  end
end
if #taken > 0 then
  return named({ answer = 'taken', taken = cjson.encode(taken) })
end

local minLease = nextLease()
local selectors = call('HKEYS', KEY.selectors)
for _, device in ipairs(devices) do
  local name = device.name
  local key = KEY_OF.device(name)
  local held = call('HGET', key, 'lease')
  if held then
    endLease(held, 'expire', 'host ' .. host .. ' registered the device again')
  end
  unregister(name)
  call('PERSIST', KEY_OF.deviceLog(name))
  call('PERSIST', KEY_OF.deviceSessions(name))
  call('HSET', key, 'host', host, 'labels', device.labels, 'driver', device.driver, 'platform', device.platform)
  if device.udid then
    call('HSET', key, 'udid', device.udid)
    call('HSET', KEY.udids, device.udid, name)
  end
  local labels = {}
  for label in eachLabel(device.labels) do
    labels[label] = true
    call('SADD', KEY_OF.label(label), name)
  end
  for _, selector in ipairs(selectors) do
    local satisfied = true
    for label in eachLabel(selector) do
      satisfied = satisfied and labels[label]
    end
    if satisfied then
      call('SADD', KEY_OF.selectorsOf(name), selector)
    end
  end
  call('SADD', KEY.devices, name)
  call('SADD', KEY_OF.host(host) .. ':devices', name)
  call('SADD', KEY_OF.host(host) .. ':up', name)
  setChecking(name, host, minLease, 'its host has just joined')
  setOnline(name)
end
return named({ answer = 'registered', lease = minLease })

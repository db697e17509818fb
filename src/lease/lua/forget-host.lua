-- @include schedule
-- Removes the devices of a host that will not come back.
-- KEYS[1] prefix
-- ARGV[1] host
-- Returns 'live' if it serves them now, 'more' if it has to be called again, or 'done'.
local host = ARGV[1]
local lapses = call('ZSCORE', KEY.hosts, host)
if lapses then
  if tonumber(lapses) > nowMs then
    return 'live'
  end
  if not loseHost(host, 'host ' .. host .. ' vanished') then
    return 'more'
  end
end
local devices = call('SRANDMEMBER', KEY_OF.host(host) .. ':devices', 100)
for _, device in ipairs(devices) do
  unregister(device)
  call('DEL', KEY_OF.deviceLog(device), KEY_OF.deviceSessions(device))
  call('HDEL', KEY.quarantined, device)
end
if #devices == 100 then
  return 'more'
end
schedule('', LIMIT.grants) -- no device is left for what waited for them
return 'done'

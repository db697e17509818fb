-- @include schedule
-- A person takes a device out of use. A module that runs on it may end first.
-- KEYS[1] prefix
-- ARGV[1] device  ARGV[2] why
-- Returns quarantineReply.
local device, why = ARGV[1], ARGV[2]
local d = call('HMGET', KEY_OF.device(device), 'host', 'state')
if not d[1] then
  return 'unknown'
end
call('HSET', KEY.quarantined, device, why)
if d[2] == 'leased' then
  return 'leased'
end
setOffline(device, d[1], 'quarantined', why)
schedule('', LIMIT.grants)
return 'done'

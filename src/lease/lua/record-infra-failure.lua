-- @include demand
-- Infrastructure kept a job from its result. Recorded before the job is requeued, so that the next attempt knows, and prefers other devices.
-- KEYS[1] prefix
-- ARGV[1] lease  ARGV[2] host  ARGV[3] job  ARGV[4] reason
-- Returns a JSON list of all reasons so far, or '' if the lease is lost: the script that ended it has recorded why.
local l = call('HMGET', KEY_OF.lease(ARGV[1]), 'host', 'need', 'devices')
if l[1] ~= ARGV[2] then
  return ''
end
recordInfraFailure(l[2], ARGV[3], ARGV[4])
avoidDevices(l[2], ARGV[3], cjson.decode(l[3]))
return call('HGET', KEY_OF.reasons(l[2]), ARGV[3])

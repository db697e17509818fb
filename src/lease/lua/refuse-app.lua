-- @include need
-- A device has refused the app of a run: modules of the run with that app no longer get the device. Others do.
-- KEYS[1] prefix
-- ARGV[1] lease  ARGV[2] host  ARGV[3] device  ARGV[4] reason
-- Returns 1, or 0 if the lease is lost.
local l = call('HMGET', KEY_OF.lease(ARGV[1]), 'host', 'need', 'run')
local d = l[1] == ARGV[2] and definition(l[2])
if not d or not d.app then
  return 0
end
for _, need in ipairs(call('SMEMBERS', KEY_OF.run(l[3]) .. ':needs')) do
  local other = definition(need)
  if other and other.app == d.app then
    call('HSET', KEY_OF.refused(need), ARGV[3], ARGV[4])
  end
end
call('INCR', KEY.version)
return 1

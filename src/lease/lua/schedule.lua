-- @include schedule
-- Expires and grants.
-- KEYS[1] prefix
-- ARGV[1] caller: a host's name, or '' if it is not a host  ARGV[2] maximum of grants
-- ARGV[3...] needs whose queue may have changed
-- Returns scheduleReply.
for i = 3, #ARGV do
  queueChanged(ARGV[i])
end
return named(schedule(ARGV[1], tonumber(ARGV[2])))

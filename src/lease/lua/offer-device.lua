-- @include schedule
-- A host has checked one of its devices, and offers it.
-- KEYS[1] prefix
-- ARGV[1] host  ARGV[2] its incarnation  ARGV[3] device  ARGV[4] the lease number under which it was checked  ARGV[5] maximum of grants
-- Returns offerReply: `offered` is 0 if another check is on its way, or the host was given up.
local d = call('HMGET', KEY_OF.device(ARGV[3]), 'host', 'state', 'minLease')
local awaited = isHost(ARGV[1], ARGV[2]) and d[1] == ARGV[1] and d[2] == 'checking' and d[3] == ARGV[4]
if awaited then
  call('SREM', KEY_OF.host(ARGV[1]) .. ':checking', ARGV[3])
  if call('SREM', KEY.starting, ARGV[3]) == 1 then
    notifyChange()
  end
  offer(ARGV[3], ARGV[1])
end
local reply = schedule(ARGV[1], tonumber(ARGV[5]))
reply.offered = awaited
return named(reply)

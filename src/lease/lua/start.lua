-- Before the job is fetched: the lease no longer counts as promised. Dropping the promise first heals itself (one grant too many finds
-- nothing); dropping it after the fetch would lose a wake-up.
-- KEYS[1] prefix
-- ARGV[1] lease  ARGV[2] host
-- Returns 1, or 0 where the lease is no longer the host's.
local l = call('HMGET', P .. ':lease:' .. ARGV[1], 'host', 'need')
if l[1] ~= ARGV[2] then
  return 0
end
call('SREM', P .. ':pend:' .. l[2], ARGV[1])
return 1

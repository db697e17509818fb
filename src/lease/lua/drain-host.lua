-- @include schedule
-- Somebody asks a host to leave: it takes no new modules from now on, and stops when those in flight have ended.
-- KEYS[1] prefix
-- ARGV[1] host
-- Returns 'gone' if it does not serve, 'more' if this has to be called again, 'again' if it was draining already, or 'done'.
local host = ARGV[1]
local lapses = call('ZSCORE', KEY.hosts, host)
if not lapses or tonumber(lapses) <= nowMs then
  return 'gone'
end
local was = isDraining(host) and 'again' or 'done'
if not drainHost(host) then
  return 'more'
end
-- Also if it was draining: the first message may not have arrived.
sendTo(host, { type = 'drain' })
return was

-- Sent with the fetch, so that the lease learns its job without another round trip: from here on, lease lost means job lock lost.
-- KEYS[1] prefix
-- ARGV[1] lease  ARGV[2] host
-- Returns { held 0/1, BullMQ's id of the job that the lease has locked or '', JSON list of what infrastructure did to it before, state of
-- the run }.
local key = P .. ':lease:' .. ARGV[1]
local l = call('HMGET', key, 'host', 'need', 'run')
if l[1] ~= ARGV[2] then
  return { 0, '', '[]', '' }
end
local job = fetchedJob(l[2], ARGV[1])
if job then
  call('HSET', key, 'job', job)
  call('HDEL', P .. ':empties', l[2])
end
return { 1, job or '', job and call('HGET', P .. ':reasons:' .. l[2], job) or '[]', runState(l[3]) }

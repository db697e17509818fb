-- Keeps a part of a file until the run process fetches it, only while the lease that it belongs to is held. If there is no
-- room, parts that followers have fetched make room; see drop-artifact.lua.
-- KEYS[1] prefix
-- ARGV[1] run  ARGV[2] lease  ARGV[3] the part's key within the run  ARGV[4] content  ARGV[5] most bytes of a run at a time
-- Returns 1, 0 if the lease is lost or the run is gone, or -1 if too much waits to be fetched.
local run, lease, field, content = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local key = KEY_OF.run(run)
if call('EXISTS', key) == 0 or call('HGET', KEY_OF.lease(lease), 'run') ~= run then
  return 0
end
if call('HEXISTS', key .. ':artifacts', field) == 1 then
  return 1 -- the answer was lost
end
local bytes = tonumber(call('HGET', key, 'artifactBytes') or 0)
while bytes + #content > tonumber(ARGV[5]) do
  local fetched = call('ZPOPMIN', key .. ':fetched')[1]
  if not fetched then
    return -1
  end
  local freed = call('HSTRLEN', key .. ':artifacts', fetched)
  call('HDEL', key .. ':artifacts', fetched)
  call('HINCRBY', key, 'artifactBytes', -freed)
  bytes = bytes - freed
end
call('HSET', key .. ':artifacts', field, content)
call('HINCRBY', key, 'artifactBytes', #content)
return 1

-- Removes a part of a file. A detached run may have more than one follower, so a part that one of them has fetched stays
-- until there is no room for another one, or the run is forgotten.
--
-- run:<r>:fetched zset   parts that a follower has fetched -> when first (µs)
--
-- KEYS[1] prefix
-- ARGV[1] run  ARGV[2] the part's key within the run  ARGV[3] fetched | unwanted
-- Returns 1.
local key = KEY_OF.run(ARGV[1])
if ARGV[3] == 'fetched' and call('HGET', key, 'ttl') == '' then
  if call('HEXISTS', key .. ':artifacts', ARGV[2]) == 1 then
    call('ZADD', key .. ':fetched', 'NX', digits(wallUs), ARGV[2])
  end
  return 1
end
local bytes = call('HSTRLEN', key .. ':artifacts', ARGV[2])
if call('HDEL', key .. ':artifacts', ARGV[2]) == 1 and call('EXISTS', key) == 1 then
  call('HINCRBY', key, 'artifactBytes', -bytes)
end
call('ZREM', key .. ':fetched', ARGV[2])
return 1

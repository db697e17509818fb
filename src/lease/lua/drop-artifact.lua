-- Removes a part of a file that the run process has fetched.
-- KEYS[1] prefix
-- ARGV[1] run  ARGV[2] the part's key within the run
-- Returns 1.
local key = KEY_OF.run(ARGV[1])
local bytes = call('HSTRLEN', key .. ':artifacts', ARGV[2])
if call('HDEL', key .. ':artifacts', ARGV[2]) == 1 and call('EXISTS', key) == 1 then
  call('HINCRBY', key, 'artifactBytes', -bytes)
end
return 1

-- @include schedule
-- All modules of a run are in their queues: stages that wait for no other start. Safe to repeat.
-- KEYS[1] prefix
-- ARGV[1] run  ARGV[2] '1' if the run outlives its owner from here on  ARGV[3...] those stages
-- Returns 1, or 0 if the run is not open.
local run = ARGV[1]
if runState(run) ~= 'open' then
  return 0
end
if ARGV[2] == '1' then
  call('HSET', KEY_OF.run(run), 'ttl', '')
  call('ZADD', KEY.runs, '+inf', run)
  measureGap()
end
for i = 3, #ARGV do
  queueStage(run, ARGV[i])
end
schedule('', LIMIT.grants)
return 1

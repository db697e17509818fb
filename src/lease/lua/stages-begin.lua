-- @include device need stage lease pump
-- All modules of a run are in their queues: stages that wait for no other begin. Safe to repeat.
-- KEYS[1] prefix
-- ARGV[1] run  ARGV[2...] those stages
-- Returns 1, or 0 where the run is not open.
if runState(ARGV[1]) ~= 'open' then
  return 0
end
for i = 2, #ARGV do
  noteStage(ARGV[1], ARGV[i])
end
pump('', 16)
return 1

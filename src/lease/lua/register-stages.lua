-- Registers stages of a run, all held. To be called before the needs that belong to them are.
-- KEYS[1] prefix
-- ARGV[1] run  ARGV[2] JSON list of [stage, { needs, after, next }] (see LinkedStage); at most 100, to keep the script short
-- Returns 1, or 0 if the run is not open.
local key = KEY_OF.run(ARGV[1])
if runState(ARGV[1]) ~= 'open' then
  return 0
end
for _, stage in ipairs(cjson.decode(ARGV[2])) do
  call('HSETNX', key .. ':stages', stage[1], cjson.encode(stage[2]))
  call('HSETNX', key .. ':stage-states', stage[1], 'held')
end
return 1

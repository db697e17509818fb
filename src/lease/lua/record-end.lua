-- @include schedule job
-- Records the end of a module for all that follow its run, because the record of it was lost; once, whoever calls it.
-- KEYS[1] prefix
-- ARGV[1] run  ARGV[2] JSON list of queues in which its job may be  ARGV[3] its job  ARGV[4] the state that the job must have (see find-jobs)
-- ARGV[5] event `module:end` (JSON)
-- Returns 1, or 0 if nothing was recorded.
local run, job, expected = ARGV[1], ARGV[3], ARGV[4]
local queues = cjson.decode(ARGV[2])
if call('EXISTS', KEY_OF.run(run)) == 0 or jobState(queues, job) ~= expected then
  return 0
end
if call('SADD', KEY_OF.run(run) .. ':recorded', job) == 0 then
  return 0
end
append(run, ARGV[5])
local d = #queues == 1 and expected == 'missing' and definition(queues[1])
if d and d.stage then
  call('SADD', KEY_OF.run(run) .. ':stage-faults', d.stage)
  queueStage(run, d.stage)
  schedule('', LIMIT.grants)
end
return 1

-- @include job
-- Finds jobs of a run that the run will hear nothing more of: they have ended, or Redis has lost them.
-- KEYS[1] prefix
-- ARGV[1] JSON list of queues in which they may be  ARGV[2] '1' to remove what is left of missing jobs  ARGV[3...] jobs, at most LIMIT.batch
-- Returns a list of job, state (completed | failed | missing) and queue in turn; jobs that wait or run are left out.
local queues, found = cjson.decode(ARGV[1]), {}
for i = 3, #ARGV do
  local state, queue = jobState(queues, ARGV[i])
  if state ~= 'pending' then
    for _, text in ipairs({ ARGV[i], state, queue }) do
      found[#found + 1] = text
    end
  end
  if state == 'missing' and ARGV[2] == '1' then
    for _, each in ipairs(queues) do
      clearJob(each, ARGV[i])
    end
  end
end
return found

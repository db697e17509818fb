-- @include schedule
-- Takes waiting jobs out of a queue and records each module's end in the same script.
-- KEYS[1] prefix
-- ARGV[1] need  ARGV[2] verdict: not-run | lost  ARGV[3] reason  ARGV[4] maximum of jobs  ARGV[5] 'closed': only if the run is no longer open
-- Returns the number of jobs taken out; if it is less than ARGV[4], the queue is empty.
local d = definition(ARGV[1])
if not d or (ARGV[5] == 'closed' and runState(d.run) == 'open') then
  return 0
end
local dropped = dropJobs(ARGV[1], d, ARGV[2], ARGV[3], tonumber(ARGV[4]))
if d.stage and dropped > 0 then
  schedule('', LIMIT.grants) -- others may wait for the end of its stage
end
return dropped

-- Where a module's job is: BullMQ's keys know, as long as Redis has not lost some of them.

local jobSets = { BULL.completed, BULL.failed, BULL.prioritized, BULL.delayed }
local jobLists = { BULL.active, BULL.wait }

-- Returns completed, failed, pending, or missing if it can never be fetched or finished any more.
local function jobState(queues, job)
  for _, queue in ipairs(queues) do
    if call('EXISTS', queueKey(queue, job)) == 1 then
      for _, set in ipairs(jobSets) do
        if call('ZSCORE', queueKey(queue, set), job) then
          return (set == BULL.completed or set == BULL.failed) and set or 'pending', queue
        end
      end
      for _, list in ipairs(jobLists) do
        if call('LPOS', queueKey(queue, list), job) then
          return 'pending', queue
        end
      end
    end
  end
  return 'missing', ''
end

-- Removes what is left of a job, so that it can be added again.
local function clearJob(queue, job)
  for _, set in ipairs(jobSets) do
    call('ZREM', queueKey(queue, set), job)
  end
  for _, list in ipairs(jobLists) do
    call('LREM', queueKey(queue, list), 0, job)
  end
  local key = queueKey(queue, job)
  call('DEL', key, key .. BULL.lockSuffix)
end

-- @include demand
-- Stages: parts of a run, some of which start only after others. Whether a stage has ended is read from BullMQ's own keys, as demand is:
-- when none of its queues has a waiting or active job. So the next call of `schedule` finds it, whatever crashed when.
--
-- run:<r>:stages hash         stage -> JSON { needs: [need, ...], after: [[stage, success | end, reason], ...], next: [stage, ...],
--                             keepRunMs? }
-- run:<r>:stage-states hash   stage -> held | begun | passed | failed | skipped
-- run:<r>:stage-faults set    stages of which modules were taken out of their queues without a result
-- stages zset                 '<run> <stage>' -> since when it may have changed (ms)
--
-- held → begun → passed | failed, or held → skipped if a stage that has to pass did not. All is kept in Redis and each step is one script,
-- so the next step needs no particular process.

-- The module of a job id; see src/queue/module-job.ts.
local function moduleOf(job)
  local encoded = string.sub(job, 1, 2) == 'm-' and string.sub(job, 3) or job
  local module = string.gsub(encoded, '%%(%x%x)', function(hex)
    return string.char(tonumber(hex, 16))
  end)
  return module
end

-- Takes at most so many waiting jobs out of a queue and records each module's end, in the same script. A module that
-- had a failed attempt is recorded as failed, whatever the verdict: only its retry is dropped.
local function dropJobs(need, d, verdict, reason, most)
  local jobs = {}
  local function take(ids)
    for i = 1, #ids do
      if #jobs < most then
        jobs[#jobs + 1] = ids[i]
      end
    end
  end
  take(call('LRANGE', queueKey(need, BULL.wait), 0, most - 1))
  take(call('ZRANGE', queueKey(need, BULL.prioritized), 0, most - 1))
  take(call('ZRANGE', queueKey(need, BULL.delayed), 0, most - 1))
  for _, job in ipairs(jobs) do
    local key = queueKey(need, job)
    call('LREM', queueKey(need, BULL.wait), 1, job)
    call('ZREM', queueKey(need, BULL.prioritized), job)
    call('ZREM', queueKey(need, BULL.delayed), job)
    local stored = call('HMGET', key, BULL.dataField, BULL.attemptsField)
    if stored[1] then
      local attempts = tonumber(stored[2] or 0)
      local known = call('HGET', KEY_OF.reasons(need), job)
      local reasons = known and cjson.decode(known) or {}
      reasons[#reasons + 1] = reason
      append(d.run, cjson.encode({
        type = 'module:end',
        module = moduleOf(job),
        verdict = attempts > 0 and VERDICT.failed or verdict,
        attempts = attempts,
        lease = attempts > 0 and lastResult(need, job).lease or nil,
        reasons = reasons,
        at = wallMs,
      }))
    end
    call('DEL', key, key .. BULL.lockSuffix, key .. BULL.logsSuffix)
    call('HDEL', KEY_OF.reasons(need), job)
  end
  if #jobs < most then
    call('HDEL', KEY.infeasible, need)
  end
  if d.stage and #jobs > 0 then
    call('SADD', KEY_OF.run(d.run) .. ':stage-faults', d.stage)
    queueStage(d.run, d.stage)
  end
  return #jobs
end

local function setStageState(run, stage, d, state, reason)
  call('HSET', KEY_OF.run(run) .. ':stage-states', stage, state)
  if #d.needs > 0 then -- stages without modules only connect others
    append(run, cjson.encode({ type = 'stage', stage = stage, state = state, reason = reason, at = wallMs }))
  end
  if state ~= 'begun' then
    for _, later in ipairs(d.next) do
      queueStage(run, later)
    end
  end
end

-- Returns begun, held, or skipped with the reason. It is skipped only when all that it waits for has ended, so that a stage that waits for
-- its end waits for theirs too.
local function startVerdict(run, d)
  local answer, why = 'begun', nil
  for _, edge in ipairs(d.after) do
    local state = call('HGET', KEY_OF.run(run) .. ':stage-states', edge[1])
    if state == 'held' or state == 'begun' then
      return 'held'
    elseif edge[2] == 'success' and state ~= 'passed' and answer == 'begun' then
      answer, why = 'skipped', edge[3]
    end
  end
  return answer, why
end

local function endOf(run, stage, d)
  local failed = call('SISMEMBER', KEY_OF.run(run) .. ':stage-faults', stage) == 1
  for _, need in ipairs(d.needs) do
    if hasJobs(need) then
      return nil
    end
    failed = failed or call('ZCARD', queueKey(need, BULL.failed)) > 0
  end
  return failed and 'failed' or 'passed'
end

-- Advances one stage as far as possible. Returns how many modules were taken out of its queues; if that is `most`, it is advanced again.
local function advanceStage(run, stage, most)
  local text = call('HGET', KEY_OF.run(run) .. ':stages', stage)
  local dropped = 0
  if text and runState(run) == 'open' then
    local d = cjson.decode(text)
    local state = call('HGET', KEY_OF.run(run) .. ':stage-states', stage)
    if state == 'held' then
      local reason
      state, reason = startVerdict(run, d)
      if state ~= 'held' then
        setStageState(run, stage, d, state, reason)
      end
      if state == 'begun' then
        for _, need in ipairs(d.needs) do
          call('SADD', KEY.needs, need)
          queueChanged(need)
        end
        if d.keepRunMs then -- it comes last: the run is over, and waits to be read
          call('ZADD', KEY.runs, digits(nowMs + d.keepRunMs), run)
        end
      end
    end
    local ended = state == 'begun' and endOf(run, stage, d)
    if ended then
      setStageState(run, stage, d, ended)
      for _, need in ipairs(d.needs) do
        call('SREM', KEY.needs, need)
      end
    end
    if state == 'skipped' then
      local _, reason = startVerdict(run, d)
      for _, need in ipairs(d.needs) do
        dropped = dropped + dropJobs(need, definition(need), VERDICT['not-run'], reason, most - dropped)
      end
    end
  end
  if dropped < most then
    call('ZREM', KEY.stages, run .. ' ' .. stage)
  end
  return dropped
end

local function advanceStages()
  local left = LIMIT.batch
  for _ = 1, LIMIT.stages do
    local noted = call('ZRANGE', KEY.stages, 0, 0)[1]
    if not noted or left <= 0 then
      return
    end
    local run, stage = string.match(noted, '^(%S+) (.*)$')
    left = left - advanceStage(run, stage, left)
  end
end

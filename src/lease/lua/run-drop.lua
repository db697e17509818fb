-- @include device need
-- Takes waiting jobs out of a queue and records each module's end in the same script.
-- KEYS[1] prefix
-- ARGV[1] need  ARGV[2] verdict: not-run | lost  ARGV[3] reason  ARGV[4] most jobs  ARGV[5] 'closed': only where the run is no longer open
-- A module with a failed attempt behind it has failed, whatever the verdict: its retry is what was dropped.
-- Returns the number of jobs taken out; the queue is empty when that is less than asked for.
local need, verdict, reason, most = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local d = definition(need)
if not d or (ARGV[5] == 'closed' and call('HGET', P .. ':run:' .. d.run, 'state') == 'open') then
  return 0
end
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
  local stored = call('HMGET', key, BULL.dataField, BULL.attemptsField, BULL.failedReasonField)
  if stored[1] then
    local attempts = tonumber(stored[2] or 0)
    local failed = attempts > 0 and stored[3] and cjson.decode(stored[3]) or {}
    local known = call('HGET', P .. ':reasons:' .. need, job)
    local reasons = known and cjson.decode(known) or {}
    reasons[#reasons + 1] = reason
    append(d.run, cjson.encode({
      type = 'module:end',
      module = cjson.decode(stored[1]).module,
      verdict = attempts > 0 and 'failed' or verdict,
      attempts = attempts,
      lease = failed.lease,
      reasons = reasons,
      at = nowMs,
    }))
  end
  call('DEL', key, key .. BULL.lockSuffix, key .. BULL.logsSuffix)
  call('HDEL', P .. ':reasons:' .. need, job)
end
if #jobs < most then
  call('HDEL', P .. ':infeasible', need)
end
return #jobs

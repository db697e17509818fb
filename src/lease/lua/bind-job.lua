-- Sent with the fetch, so that the lease learns its job without another round trip: from here on, lease lost means job lock lost.
-- KEYS[1] prefix
-- ARGV[1] lease  ARGV[2] host
-- ARGV[3] BullMQ's id of the job, or '': the one that the lease has locked among those that were fetched last
-- Returns bindReply.
local key = KEY_OF.lease(ARGV[1])
local l = call('HMGET', key, 'host', 'need', 'run')
if l[1] ~= ARGV[2] then
  return named({ answer = 'lost' })
end

-- As many fetches leave together as there are grants in one reply.
local function lastFetched(need, lease)
  local jobs = call('LRANGE', queueKey(need, BULL.active), 0, LIMIT.grants - 1)
  local locks = {}
  for i = 1, #jobs do
    locks[i] = queueKey(need, jobs[i]) .. BULL.lockSuffix
  end
  local holders = #jobs > 0 and call('MGET', unpack(locks)) or {}
  for i = 1, #jobs do
    if holders[i] == lease then
      return jobs[i]
    end
  end
  return ''
end

local job = ARGV[3] ~= '' and ARGV[3] or lastFetched(l[2], ARGV[1])
if job == '' then
  return named({ answer = 'held', job = '', reasons = '[]', run = runState(l[3]) })
end
call('HSET', key, 'job', job)
call('HDEL', KEY.empties, l[2])
local reasons = call('HGET', KEY_OF.reasons(l[2]), job) or '[]'
return named({ answer = 'held', job = job, reasons = reasons, run = runState(l[3]) })

-- Appends events to a run's stream, only while the lease that they belong to is held.
-- KEYS[1] prefix
-- ARGV[1] run  ARGV[2] lease, or '' if the events belong to none  ARGV[3] unique for each call: if its answer is lost, it is sent
-- again and appends nothing more  ARGV[4] priority of each event: d(etail), t(est) or r(esult), one letter each  ARGV[5...] events (JSON)
-- Returns how many events were dropped because the run has too many, or -1 if the lease is lost or the run is gone.
local run, lease = ARGV[1], ARGV[2]
if call('EXISTS', KEY_OF.run(run)) == 0 then
  return -1
end
if lease ~= '' and call('HGET', KEY_OF.lease(lease), 'run') ~= run then
  return -1
end
local sender = lease == '' and KEY_OF.run(run) or KEY_OF.lease(lease)
local last = call('HMGET', sender, 'lastAppend', 'lastDropped')
if last[1] == ARGV[3] then
  return tonumber(last[2])
end
local most = { d = LIMIT.detailBytes, t = LIMIT.testBytes, r = math.huge }
local bytes, dropped = eventBytes(run), 0
for i = 5, #ARGV do
  if bytes > most[string.sub(ARGV[4], i - 4, i - 4)] then
    dropped = dropped + 1
  else
    append(run, ARGV[i])
    bytes = bytes + #ARGV[i]
  end
end
call('HSET', sender, 'lastAppend', ARGV[3], 'lastDropped', dropped)
call('HSET', KEY_OF.run(run), 'eventBytes', bytes)
return dropped

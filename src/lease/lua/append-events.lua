-- Appends events to a run's stream, only while the lease that they belong to is held.
-- KEYS[1] prefix
-- ARGV[1] run  ARGV[2] lease, or '' where the events belong to none  ARGV[3] unique for each call: where its answer is lost, a call is sent
-- again, and appends nothing more  ARGV[4...] events (JSON)
-- Returns 1, or 0 where the lease is lost or the run is gone.
local run, lease = ARGV[1], ARGV[2]
if call('EXISTS', P .. ':run:' .. run) == 0 then
  return 0
end
if lease ~= '' and call('HGET', P .. ':lease:' .. lease, 'run') ~= run then
  return 0
end
local sender = lease == '' and P .. ':run:' .. run or P .. ':lease:' .. lease
if call('HGET', sender, 'told') == ARGV[3] then
  return 1
end
call('HSET', sender, 'told', ARGV[3])
for i = 4, #ARGV do
  append(run, ARGV[i])
end
return 1

-- Right after the fetch: from here on, lease lost means job lock lost.
-- KEYS[1] prefix
-- ARGV[1] lease  ARGV[2] host  ARGV[3] BullMQ's job id  ARGV[4] module  ARGV[5] its file
-- Returns { bound 0/1, JSON list of what infrastructure did to the job before, state of the run }.
local key = P .. ':lease:' .. ARGV[1]
local l = call('HMGET', key, 'host', 'need', 'run')
if l[1] ~= ARGV[2] then
  return { 0, '[]', '' }
end
call('HSET', key, 'job', ARGV[3], 'module', ARGV[4], 'file', ARGV[5])
call('HDEL', P .. ':empties', l[2])
return { 1, call('HGET', P .. ':reasons:' .. l[2], ARGV[3]) or '[]', call('HGET', P .. ':run:' .. l[3], 'state') or '' }

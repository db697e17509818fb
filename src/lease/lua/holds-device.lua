-- Whether a lease is the current one of a device: a gateway asks before it lets a lease's first command through.
-- KEYS[1] prefix
-- ARGV[1] device  ARGV[2] lease
-- Returns 1 or 0.
local lapses = call('ZSCORE', KEY.leases, ARGV[2])
if not lapses or tonumber(lapses) <= nowMs then
  return 0
end
if call('HGET', KEY_OF.device(ARGV[1]), 'lease') ~= ARGV[2] then
  return 0
end
audit('event', 'touch', 'lease', ARGV[2], 'device', ARGV[1])
return 1

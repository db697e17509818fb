-- Reads devices of the registry.
-- KEYS[1] prefix
-- ARGV[1...] names; at most 100, to keep the script short
-- Returns for each that is registered device { name, host, labels, driver, platform, udid, state, reason, since, lease, role, run, need, job, file, granted }
-- with '' where there is nothing.
local rows = {}
for _, name in ipairs(ARGV) do
  local d = call('HMGET', P .. ':dev:' .. name, 'host', 'labels', 'driver', 'platform', 'udid', 'state', 'reason', 'since', 'lease', 'role')
  local row = { name }
  for i = 1, 10 do
    row[i + 1] = d[i] or ''
  end
  local l = d[9] and call('HMGET', P .. ':lease:' .. d[9], 'run', 'need', 'granted', 'job') or {}
  local file = l[4] and call('HGET', queueKey(l[2], l[4]), BULL.nameField)
  for i, value in ipairs({ l[1] or '', l[2] or '', l[4] or '', file or '', l[3] or '' }) do
    row[i + 11] = value
  end
  if d[1] then
    rows[#rows + 1] = row
  end
end
return rows

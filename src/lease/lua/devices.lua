-- Reads devices of the registry.
-- KEYS[1] prefix
-- ARGV[1...] names; at most 100, to keep the script short
-- Returns for each that is registered device { name, host, labels, driver, platform, udid, state, reason, since, lease, role, run, need, module, file, granted }
-- with '' where there is nothing.
local rows = {}
for _, name in ipairs(ARGV) do
  local d = call('HMGET', P .. ':dev:' .. name, 'host', 'labels', 'driver', 'platform', 'udid', 'state', 'reason', 'since', 'lease', 'role')
  local row = { name }
  for i = 1, 10 do
    row[i + 1] = d[i] or ''
  end
  local l = d[9] and call('HMGET', P .. ':lease:' .. d[9], 'run', 'need', 'module', 'file', 'granted') or {}
  for i = 1, 5 do
    row[i + 11] = l[i] or ''
  end
  if d[1] then
    rows[#rows + 1] = row
  end
end
return rows

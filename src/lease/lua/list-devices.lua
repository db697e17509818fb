-- Reads devices of the registry.
-- KEYS[1] prefix
-- ARGV[1...] names; at most LIMIT.batch
-- Returns a deviceRow for each that is registered.
local function fill(row, key, fields)
  local values = call('HMGET', key, unpack(fields))
  for i, name in ipairs(fields) do
    row[name] = values[i] or nil
  end
end

local rows = {}
for _, name in ipairs(ARGV) do
  local row = { name = name }
  fill(row, KEY_OF.device(name), {
    'host', 'labels', 'driver', 'platform', 'udid', 'state', 'reason', 'since', 'lease', 'role',
  })
  if row.lease then
    fill(row, KEY_OF.lease(row.lease), { 'run', 'need', 'granted', 'job' })
    row.queue, row.need = row.need, nil
    row.file = row.job and call('HGET', queueKey(row.queue, row.job), BULL.nameField) or nil
  end
  if row.host then
    rows[#rows + 1] = named(row)
  end
end
return rows

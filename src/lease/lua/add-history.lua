-- Adds the results of a run to the history of a project's modules.
-- KEYS[1] prefix
-- ARGV[1] project  ARGV[2] most modules  ARGV[3] most devices of a module  ARGV[4] most results  ARGV[5] ms that an unused history is kept
-- ARGV[6...] JSON { file, failed?, result?: [ms, verdict], devices: [[name, { failed?, result? }], ...] }; at most 100, to keep the script short
-- Returns 1.
--
-- history:<project>        hash: file -> JSON { failed, results, devices: { <name>: { failed, results, used } } }
-- history:<project>:used   zset: file -> when it was last written (µs): the least recently run modules are removed first
local key = KEY_OF.history(ARGV[1])
local used = key .. ':used'
local mostModules, mostDevices, mostResults = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])

local function changed(past, change)
  if change.failed ~= nil then
    past.failed = change.failed
  end
  if change.result then
    past.results[#past.results + 1] = change.result
    if #past.results > mostResults then
      table.remove(past.results, 1)
    end
  end
  return past
end

local function dropOldest(devices)
  local oldest, count = nil, 0
  for name, past in pairs(devices) do
    count = count + 1
    if not oldest or (past.used or '') < (devices[oldest].used or '') then
      oldest = name
    end
  end
  if count > mostDevices then
    devices[oldest] = nil
  end
end

-- An unreadable entry counts as no history.
local function historyOf(file)
  local read, past = pcall(cjson.decode, call('HGET', key, file) or '')
  if read and type(past) == 'table' and type(past.results) == 'table' and type(past.devices) == 'table' then
    return past
  end
  return { failed = false, results = {}, devices = {} }
end

local usedAt = wallUs
for i = 6, #ARGV do
  local change = cjson.decode(ARGV[i])
  local past = historyOf(change.file)
  for _, device in ipairs(change.devices) do
    local name = device[1]
    past.devices[name] = changed(past.devices[name] or { failed = false, results = {} }, device[2])
    usedAt = usedAt + 1
    past.devices[name].used = digits(usedAt)
    dropOldest(past.devices)
  end
  call('HSET', key, change.file, cjson.encode(changed(past, change)))
  call('ZADD', used, digits(wallUs), change.file)
end
local surplus = call('HLEN', key) - mostModules
if surplus > 0 then
  local oldest = call('ZRANGE', used, 0, surplus - 1)
  call('HDEL', key, unpack(oldest))
  call('ZREM', used, unpack(oldest))
end
call('PEXPIRE', key, ARGV[5])
call('PEXPIRE', used, ARGV[5])
return 1

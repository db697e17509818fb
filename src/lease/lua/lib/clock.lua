-- Two clocks: Redis's, and the farm's. Every script reads them.

local call = redis.call

-- Numbers of this size lose digits in Lua's own conversion.
local function digits(n)
  return string.format('%.0f', n)
end

-- The largest time and lease number in microseconds: of the year 2100. Beyond 2^53, Lua could not count.
local maxUs = 4.1e15

-- A number from Redis, where anybody may have written it; `default` if it is not one of this size.
local function readNumber(text, smallest, default)
  local n = tonumber(text or '')
  return n ~= nil and n >= smallest and n < maxUs and n or default
end

-- Redis's clock: for people, and to compare with what hosts and runs wrote.
local TIME = call('TIME')
local wallUs = TIME[1] * 1000000 + TIME[2]
local wallMs = math.floor(wallUs / 1000)

-- The farm's clock: for all that lapses. Hosts' clocks differ, so Redis's counts; but someone may set that. Between two scripts, the farm's
-- clock neither goes back nor advances by more than `gap`, which is less than the shortest time that something lasts unless renewed. Nor does
-- it advance by more than the caller's monotonic clock has since its first call, but for a part of `gap`: calls arrive sooner or later. So
-- steps of Redis's clock end nothing that is alive and keep nothing that is not. See docs/architecture.md.
--
-- clock hash         wall: Redis's clock at the last script  ahead: how far the farm's was ahead of it (both µs)  gap (ms)
--                    by:<caller>: the farm's clock and the caller's own, both when they last agreed (µs)
local caller, callerUs = table.remove(ARGV, 1), readNumber(table.remove(ARGV, 1), 0, 0)
local agreedField = 'by:' .. caller
local clock = call('HMGET', KEY.clock, 'wall', 'ahead', 'gap', agreedField)
local gapMs = readNumber(clock[3], 1, LIMIT.clockGapMs)
local lastWallUs = readNumber(clock[1], 0, wallUs)
local lastUs = lastWallUs + readNumber(clock[2], -maxUs, 0)
local agreedUs, agreedCallerUs = string.match(clock[4] or '', '^(%d+) (%d+)$')
local expectedUs = agreedUs and agreedUs + callerUs - agreedCallerUs
local toleranceUs = gapMs * 250
-- The caller's clock stands still while its machine is suspended, and those of others don't.
local isBehind = expectedUs and expectedUs + toleranceUs < lastUs
if isBehind then
  expectedUs = lastUs
end
local mostUs = gapMs * 1000
if expectedUs then
  mostUs = math.min(mostUs, expectedUs + toleranceUs - lastUs)
end
local nowUs = lastUs + math.max(0, math.min(wallUs - lastWallUs, mostUs))
local nowMs = math.floor(nowUs / 1000)
local aheadUs = nowUs - wallUs
-- A full Redis refuses it. Then the next script finds a longer time and advances as far.
redis.pcall('HSET', KEY.clock, 'wall', digits(wallUs), 'ahead', digits(aheadUs))
if not expectedUs or isBehind or nowUs < expectedUs - toleranceUs then
  if not expectedUs and call('HLEN', KEY.clock) > LIMIT.clockCallers then
    -- Most of them have ended. Those that have not are known again with their next call.
    call('DEL', KEY.clock)
    redis.pcall('HSET', KEY.clock, 'wall', digits(wallUs), 'ahead', digits(aheadUs), 'gap', digits(gapMs))
  end
  redis.pcall('HSET', KEY.clock, agreedField, digits(nowUs) .. ' ' .. digits(callerUs))
end

-- A time of the farm's clock for people.
local function toWallMs(ms)
  return ms - nowMs + wallMs
end

-- Hosts and owners of runs renew themselves at a third of their time: half of it leaves them enough. To be called when some came or went.
local function measureGap()
  local shortest = LIMIT.clockGapMs * 2
  for set, keyOf in pairs({ hosts = KEY_OF.host, runs = KEY_OF.run }) do
    -- all but detached runs
    for _, name in ipairs(call('ZRANGEBYSCORE', KEY[set], '-inf', '(+inf')) do
      shortest = math.min(shortest, readNumber(call('HGET', keyOf(name), 'ttl'), 1, shortest))
    end
  end
  call('HSET', KEY.clock, 'gap', digits(shortest / 2))
end

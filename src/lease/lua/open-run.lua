-- Opens a run.
-- KEYS[1] prefix
-- ARGV[1] run  ARGV[2] milliseconds that it lasts unless renewed  ARGV[3] milliseconds that its modules wait while no online device matches
-- Returns openRunReply.
local foreign = foreignProtocol()
if foreign then
  return named({ answer = 'foreign', version = foreign })
end
call('SET', KEY.protocol, PROTOCOL)
local run = ARGV[1]
if call('HSETNX', KEY_OF.run(run), 'state', 'open') == 0 then
  return named({ answer = 'exists' })
end
call('HSET', KEY_OF.run(run), 'ttl', ARGV[2], 'waitMs', ARGV[3])
call('ZADD', KEY.runs, digits(nowMs + tonumber(ARGV[2])), run)
measureGap()
return named({ answer = 'opened' })

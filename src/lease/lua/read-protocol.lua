-- Which version of Baton the farm belongs to.
-- KEYS[1] prefix
-- Returns protocolReply. `version`: the caller's if the farm is empty, 0 if a Baton that stored none set it up; `users`: live hosts and runs.
local users = call('ZCOUNT', KEY.hosts, '(' .. digits(nowMs), '+inf') + call('ZCOUNT', KEY.runs, '(' .. digits(nowMs), '+inf')
return named({ version = foreignProtocol() or PROTOCOL, users = users })

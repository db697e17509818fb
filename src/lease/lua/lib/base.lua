-- The start of every script. KEYS[1] is the farm's prefix, one hash tag such as `{baton}`, which is BullMQ's prefix too; every other key is built
-- from it, so that a whole farm is in one slot of a Redis Cluster.
--
-- Constants are added in front of it when it is loaded: see src/lease/protocol/lua-prelude.ts.
local function audit(...)
  if AUDIT then
    call('XADD', KEY.audit, '*', 'at', digits(wallMs), ...)
  end
end

-- Whether a text from Redis can be a lease number.
local function isLease(text)
  return readNumber(text, 0, nil) ~= nil
end

-- Lease numbers only grow, even if Redis loses its data or comes back with older data: each is the time in microseconds, or follows the
-- last one if that is later.
local function nextLease()
  local last = readNumber(call('GET', KEY.lastLease), 0, 0)
  local lease = digits(math.max(wallUs, last + 1))
  call('SET', KEY.lastLease, lease)
  return lease
end

-- The farm's protocol version, if it is not this one; 0 if a Baton that stored none has left keys here.
local function foreignProtocol()
  local stored = tonumber(call('GET', KEY.protocol) or -1)
  if stored == PROTOCOL then
    return nil
  elseif stored >= 0 then
    return stored
  end
  return call('EXISTS', KEY.hosts, KEY.devices, KEY.runs, P .. ':fence') > 0 and 0 or nil
end

-- A reply with named fields: names and values in turn. Redis passes on no booleans, and a list ends at its first nil.
local function named(fields)
  local list = {}
  for name, value in pairs(fields) do
    if value == true then
      value = 1
    elseif value == false then
      value = 0
    end
    list[#list + 1] = name
    list[#list + 1] = value
  end
  return list
end

-- A JSON array, even if it is empty.
local function array(list)
  return #list == 0 and '[]' or cjson.encode(list)
end

-- Adds a message to the inbox of a host; does nothing if the host is dead.
local function sendTo(host, message)
  if call('ZSCORE', KEY.hosts, host) then
    call('RPUSH', KEY_OF.inbox(host), cjson.encode(message))
  end
end

-- For work that any host can do, if the caller is not a host.
local function sendToAnyHost(message)
  local host = call('ZREVRANGE', KEY.hosts, 0, 0)[1]
  if host then
    sendTo(host, message)
  end
end

local function isHost(host, incarnation)
  return call('HGET', KEY_OF.host(host), 'incarnation') == incarnation
end

local runStates = {}
local function runState(run)
  if runStates[run] == nil then
    runStates[run] = call('HGET', KEY_OF.run(run), 'state') or ''
  end
  return runStates[run]
end

local function queueKey(need, name)
  return P .. ':' .. need .. ':' .. name
end

local function append(run, event)
  call('XADD', KEY_OF.run(run) .. ':events', '*', 'event', event)
end

-- Bytes of a run's events so far. The few events that the scripts themselves write are not counted.
local function eventBytes(run)
  return tonumber(call('HGET', KEY_OF.run(run), 'eventBytes') or 0)
end

-- Appends an event that may occur without limit, such as a device that comes and goes.
local function appendDetail(run, event)
  local bytes = eventBytes(run)
  if bytes <= LIMIT.detailBytes then
    append(run, event)
    call('HSET', KEY_OF.run(run), 'eventBytes', bytes + #event)
  end
end

import { NOW, script } from "./scripts.js";

/**
 * A lockout stands in a hash as `since until open failures tenant address reason username`, the last one encoded, and in three ordered sets: `ends` by the moment at which it is
 * forgotten, `log` by the number of its last change, and its tenant's by its beginning. All keys have one hash tag: scripts touch them as one.
 */
const ENTRY = `${NOW}
local function read(entry)
  local since, till, open, failures, rest, tenant, address, username = string.match(entry, '^(%d+) (%d+) (%d) (%d+) ((%S+) (%S+) %S+ (%S+))$')
  return { since = tonumber(since), till = tonumber(till), open = open == '1', failures = failures, rest = rest, tenant = tenant, address = address, username = username }
end
local function write(id, e)
  redis.call('HSET', 'sallyport:{lockouts}:known', id, int(e.since) .. ' ' .. int(e.till) .. ' ' .. (e.open and '1' or '0') .. ' ' .. e.failures .. ' ' .. e.rest)
  redis.call('ZADD', 'sallyport:{lockouts}:log', redis.call('INCR', 'sallyport:{lockouts}:sequence'), id)
end
local function drop(id)
  local entry = redis.call('HGET', 'sallyport:{lockouts}:known', id)
  if entry then redis.call('ZREM', 'sallyport:{lockouts}:of:' .. read(entry).tenant, id) end
  redis.call('HDEL', 'sallyport:{lockouts}:known', id)
  redis.call('ZREM', 'sallyport:{lockouts}:log', id)
  redis.call('ZREM', 'sallyport:{lockouts}:ends', id)
end
for _, id in ipairs(redis.call('ZRANGEBYSCORE', 'sallyport:{lockouts}:ends', '-inf', int(now), 'LIMIT', 0, 100)) do drop(id) end
`;

/** KEYS times · ARGV id, tenant, address, failures, windowMs, lockoutMs, times, most, reason, username, by, byMs → failures, ms that it is locked out, whether this opened it */
export const COUNT_FAILURE = script(`${ENTRY}
local id, needed, window, lockout = ARGV[1], tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local entry = redis.call('HGET', 'sallyport:{lockouts}:known', id)
if entry then
  local e = read(entry)
  if e.open and e.till > now then return { 0, e.till - now, 0 } end
end
for _ = 1, ARGV[7] do redis.call('RPUSH', KEYS[1], int(now)) end
redis.call('LTRIM', KEYS[1], -needed, -1)
while true do
  local first = redis.call('LINDEX', KEYS[1], 0)
  if not first or tonumber(first) > now - window then break end
  redis.call('LPOP', KEYS[1])
end
local failures = redis.call('LLEN', KEYS[1])
if failures < needed then
  redis.call('PEXPIRE', KEYS[1], int(window))
  return { failures, 0, 0 }
end
redis.call('DEL', KEYS[1])
write(id, { since = now, till = now + lockout, open = true, failures = int(failures), rest = ARGV[2] .. ' ' .. ARGV[3] .. ' ' .. ARGV[9] .. ' ' .. ARGV[10] })
redis.call('SET', 'sallyport:{lockouts}:by:' .. id, ARGV[11], 'PX', ARGV[12])
redis.call('ZADD', 'sallyport:{lockouts}:ends', int(now + lockout), id)
redis.call('ZADD', 'sallyport:{lockouts}:of:' .. ARGV[2], int(now), id)
local over = redis.call('ZCARD', 'sallyport:{lockouts}:ends') - ARGV[8]
if over > 0 then
  for _, first in ipairs(redis.call('ZRANGE', 'sallyport:{lockouts}:ends', 0, over - 1)) do drop(first) end
end
return { failures, lockout, 1 }`);

/** KEYS sequence · ARGV epoch, after, most, a new epoch → epoch, sequence, whether there is more, then id, ms that are left, tenant, address, username, who began it each */
export const READ_CHANGES = script(`${ENTRY}
local epoch = redis.call('GET', 'sallyport:{lockouts}:epoch')
if not epoch then
  epoch = ARGV[4]
  redis.call('SET', 'sallyport:{lockouts}:epoch', epoch)
end
local after = epoch == ARGV[1] and ARGV[2] or '0'
local found = redis.call('ZRANGEBYSCORE', 'sallyport:{lockouts}:log', '(' .. after, '+inf', 'WITHSCORES', 'LIMIT', 0, ARGV[3])
local result = { epoch, tonumber(redis.call('GET', KEYS[1]) or '0'), 0 }
if #found == 2 * ARGV[3] then
  result[2] = tonumber(found[#found])
  result[3] = 1
end
for i = 1, #found, 2 do
  local entry = redis.call('HGET', 'sallyport:{lockouts}:known', found[i])
  if entry then
    local e = read(entry)
    local by = e.open and redis.call('GET', 'sallyport:{lockouts}:by:' .. found[i])
    table.insert(result, { found[i], e.open and math.max(0, e.till - now) or 0, e.tenant, e.address, e.username, by or '' })
  end
end
return result`);

/** KEYS the tenant's · ARGV most → how many, then id and entry each, the newest first */
export const LIST_LOCKOUTS = script(`${ENTRY}
local result = { redis.call('ZCARD', KEYS[1]) }
for _, id in ipairs(redis.call('ZREVRANGE', KEYS[1], 0, ARGV[1] - 1)) do
  local entry = redis.call('HGET', 'sallyport:{lockouts}:known', id)
  if entry and read(entry).till > now then table.insert(result, { id, entry }) end
end
return result`);

/** KEYS log · ARGV before, most → the number to go on before, 0 at the end, then id and entry of those of them that run, the newest first */
export const FIND_LOCKOUTS = script(`${ENTRY}
local found = redis.call('ZREVRANGEBYSCORE', KEYS[1], ARGV[1], '-inf', 'WITHSCORES', 'LIMIT', 0, ARGV[2])
local result = { #found == 2 * ARGV[2] and tonumber(found[#found]) or 0 }
for i = 1, #found, 2 do
  local entry = redis.call('HGET', 'sallyport:{lockouts}:known', found[i])
  if entry then
    local e = read(entry)
    if e.open and e.till > now then table.insert(result, { found[i], entry }) end
  end
end
return result`);

/** KEYS times · ARGV id, tenant, toldMs → entry as it was, or nothing */
export const UNLOCK = script(`${ENTRY}
local entry = redis.call('HGET', 'sallyport:{lockouts}:known', ARGV[1])
if not entry then return false end
local e = read(entry)
if not e.open or e.till <= now or e.tenant ~= ARGV[2] then return false end
e.open = false
redis.call('DEL', KEYS[1])
write(ARGV[1], e)
redis.call('ZADD', 'sallyport:{lockouts}:ends', int(now + ARGV[3]), ARGV[1])
redis.call('ZREM', 'sallyport:{lockouts}:of:' .. e.tenant, ARGV[1])
return entry`);

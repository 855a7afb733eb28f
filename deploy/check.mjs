// Checks compose file, Dockerfile and their steps against the repository, without a container engine. Exits 1 and says what is wrong.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const DOCKERFILE = "deploy/docker/Dockerfile";
const text = (file) => readFileSync(path.join(root, file), "utf8");
const isThere = (file) => existsSync(path.join(root, file));
const problems = [];
const demand = (holds, problem) => holds || problems.push(problem);

/** Dockerfile as stages of instructions; continued lines joined, comments left out. */
function readStages(source) {
  const lines = source.replace(/\\\n/g, " ").split("\n");
  const stages = new Map();
  let current = null;
  for (const line of lines) {
    const [, instruction, rest] = /^([A-Z]+)\s+(.*)$/.exec(line.trim()) ?? [];
    if (!instruction) continue;
    if (instruction === "FROM") {
      const [, base, , name] = /^(\S+)(\s+AS\s+(\S+))?$/.exec(rest) ?? [];
      current = { base, instructions: [] };
      stages.set(name, current);
    } else current?.instructions.push({ instruction, rest });
  }
  return stages;
}

/** The packages that the repository's own build writes into `dist`. */
const isBuilt = (file) =>
  /^(?:apps|packages|prisma)(?:\/[a-z-]+)?\/(?:dist|\.next\/standalone)$/.test(file) &&
  isThere(path.posix.join(file.replace(/\/(?:dist|\.next\/standalone)$/, ""), "package.json"));

function checkCopies(stages) {
  for (const [name, { instructions }] of stages) {
    for (const { rest } of instructions.filter(({ instruction }) => instruction === "COPY")) {
      const words = rest.split(/\s+/);
      const from = words.find((word) => word.startsWith("--from="))?.slice("--from=".length);
      const sources = words.filter((word) => !word.startsWith("--")).slice(0, -1);
      if (from === undefined) for (const source of sources) demand(isThere(source), `${name}: COPY ${source}, which is not there`);
      else {
        demand(stages.has(from), `${name}: COPY --from=${from}, which is no stage`);
        if (from !== "build") continue;
        for (const source of sources) demand(isBuilt(source.replace("/sallyport/", "")), `${name}: COPY ${source}, which no build writes`);
      }
    }
  }
}

/** Every workspace's manifest must be there before npm ci, or the lockfile does not fit. */
function checkManifests(stages) {
  const copied = (stages.get("manifests")?.instructions ?? []).map(({ rest }) => rest.split(/\s+/)[0]);
  const { packages } = JSON.parse(text("package-lock.json"));
  for (const folder of Object.keys(packages).filter((name) => name !== "" && !name.includes("node_modules")))
    demand(copied.includes(`${folder}/package.json`), `manifests: ${folder}/package.json is not copied, npm ci would fail`);
}

function checkImages(stages) {
  for (const target of ["console", "gateway", "set-up", "demo"]) {
    const { instructions = [] } = stages.get(target) ?? {};
    const has = (instruction, rest) => instructions.some((each) => each.instruction === instruction && (!rest || each.rest === rest));
    demand(has("USER", "node"), `${target}: does not say USER node`);
    demand(has("CMD") || has("ENTRYPOINT"), `${target}: starts nothing`);
    if (target === "console" || target === "gateway") demand(has("HEALTHCHECK"), `${target}: has no health check`);
  }
}

function checkCompose(stages) {
  const { services, volumes } = parse(text("docker-compose.yml"), { merge: true });
  for (const [name, service] of Object.entries(services)) {
    for (const other of Object.keys(service.depends_on ?? {})) {
      demand(other in services, `${name}: depends on ${other}, which is no service`);
      const profiles = services[other]?.profiles ?? [];
      demand(profiles.length === 0 || service.profiles?.includes(profiles[0]), `${name}: depends on ${other}, which is of another profile`);
    }
    for (const mount of service.volumes ?? []) demand(mount.split(":")[0] in volumes, `${name}: mounts ${mount}, which is no volume`);
    if (service.build === undefined) {
      demand(/:\d/.test(service.image), `${name}: ${service.image} names no version`);
      continue;
    }
    demand(service.build.dockerfile === DOCKERFILE && stages.has(service.build.target), `${name}: builds ${service.build.target}, which is no stage`);
    demand(service.read_only === true && service.cap_drop?.includes("ALL"), `${name}: is not hardened`);
    const [script = ""] = service.command ?? [];
    demand(script === "" || isThere(script.replace("/dist/", "/src/").replace(/\.js$/, ".ts")), `${name}: runs ${script}, which is not there`);
    for (const [variable, value] of Object.entries(service.environment ?? {}))
      demand(
        !/PASSWORD|MASTER_KEY|JOIN_TOKEN|DATABASE_URL/.test(variable) || variable.endsWith("_FILE"),
        `${name}: ${variable} is a secret: give it as a file`,
      ) && demand(typeof value === "string", `${name}: ${variable} is not text: put it in quotes`);
  }
  for (const name of ["gateway-1", "gateway-2"]) {
    const [, host] = /^redis:\/\/([^:/]+)/.exec(services[name]?.environment?.SALLYPORT_STATE_URL ?? "") ?? [];
    demand(
      host !== undefined && host in services && host in services[name].depends_on,
      `${name}: SALLYPORT_STATE_URL names no service that it waits for`,
    );
  }
  JSON.parse(services["demo-history"].environment.BOOTSTRAP_DEMO);
}

const stages = readStages(text(DOCKERFILE));
checkCopies(stages);
checkManifests(stages);
checkImages(stages);
checkCompose(stages);
for (const problem of problems) console.error(problem);
console.log(problems.length === 0 ? `${stages.size} stages and docker-compose.yml fit the repository` : `${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;

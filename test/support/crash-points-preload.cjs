/**
 * Loaded into a program of the product before anything else (`node --require`): names the boundaries of one path,
 * the moments before and after each statement, each call of Temporal, each activity and each answer, and lets the
 * process die by SIGKILL at the one it is told. Before a statement or call nothing of it has left the process; after
 * it what came back has arrived and nobody in the process has seen it. The product knows nothing of this.
 *
 * CRASH_POINTS names a file. While a plan stands in it (`crash-points.ts`), every boundary of the plan's path is
 * appended to the file of the same name with `.passed`; without a plan nothing is a boundary.
 */
const { AsyncLocalStorage } = require('node:async_hooks');
const { appendFileSync, existsSync, readFileSync } = require('node:fs');
const { Server, ServerResponse } = require('node:http');
const { isMainThread } = require('node:worker_threads');

const planFile = process.env.CRASH_POINTS;
/** What is under way of the path: a request or an activity, by its name. */
const underWay = new AsyncLocalStorage();
let counted = { plan: '', times: new Map() };

/** The plan of this moment, read each time, so that it counts from the instant it was written. */
function currentPlan() {
  if (!existsSync(planFile)) return null;
  const text = readFileSync(planFile, 'utf8');
  if (counted.plan !== text) counted = { plan: text, times: new Map() };
  return JSON.parse(text);
}

/** Passes a boundary, or ends at it. One that comes again is told apart by its number. */
function pass(name) {
  const plan = currentPlan();
  if (plan === null) return;
  const times = (counted.times.get(name) ?? 0) + 1;
  counted.times.set(name, times);
  const boundary = times === 1 ? name : `${name} (${times})`;
  appendFileSync(`${planFile}.passed`, `${boundary}\n`);
  if (boundary === plan.dieAt) process.kill(process.pid, 'SIGKILL');
}

/** Whether the company of the plan is named in what goes out or comes in. */
function isOfPlan(value) {
  const plan = currentPlan();
  if (plan === null || value === undefined) return false;
  const text = ArrayBuffer.isView(value) ? Buffer.from(value).toString('latin1') : JSON.stringify(value);
  return text.includes(plan.companyId);
}

/** The statement's own name, else, also where it is only numbered, its verb and table. */
function statementName(statement) {
  const named = typeof statement === 'object' && statement.name;
  if (named && !/^(statement|prisma)_\d+$/.test(statement.name)) return statement.name;
  const text = (typeof statement === 'string' ? statement : statement.text).replaceAll('"', '').trim();
  const [, table] = /\b(?:INTO|FROM|UPDATE)\s+(?:public\.)?(\w+)\b(?!\.)/i.exec(text) ?? [];
  return [text.split(/\s/, 1)[0].toUpperCase(), table].filter((word) => word !== undefined).join(' ');
}

/** `concerns`: whether parameters or rows are the path's where nothing of it is under way. */
function watchStatements(concerns) {
  const { Client } = require('pg');
  const { query } = Client.prototype;
  Client.prototype.query = function (statement, values, callback) {
    const where = underWay.getStore();
    const sent = where !== undefined || concerns([statement, values]);
    const name = where === undefined ? statementName(statement) : `${where}: ${statementName(statement)}`;
    if (sent) pass(`before ${name}`);
    const arrived = (result) => {
      if (sent || concerns(result?.rows)) pass(`after ${name}`);
      return result;
    };
    if (callback === undefined) {
      const answer = query.call(this, statement, values);
      return typeof answer?.then === 'function' ? answer.then(arrived) : answer;
    }
    return query.call(this, statement, values, (error, result) => {
      arrived(result);
      callback(error, result);
    });
  };
}

/** The calls of Temporal's client. */
function watchCalls(concerns) {
  const { Connection } = require('@temporalio/client');
  const make = Connection.generateRPCImplementation;
  Connection.generateRPCImplementation = function (options) {
    const call = make.call(this, options);
    return (method, request, callback) => {
      const where = underWay.getStore();
      if (where === undefined && !concerns(request)) return call(method, request, callback);
      const name = where === undefined ? method.name : `${where}: ${method.name}`;
      pass(`before ${name}`);
      return call(method, request, (error, response) => {
        pass(`after ${name}`);
        callback(error, response);
      });
    };
  };
}

/** The request that carries the plan's key, until its answer has gone out. */
function watchRequests() {
  const { emit } = Server.prototype;
  Server.prototype.emit = function (event, request, ...rest) {
    const key = event === 'request' ? request.headers['idempotency-key'] : undefined;
    if (key === undefined || currentPlan()?.idempotencyKey !== key) {
      return emit.call(this, event, request, ...rest);
    }
    return underWay.run('request', () => emit.call(this, event, request, ...rest));
  };
  const { end } = ServerResponse.prototype;
  ServerResponse.prototype.end = function (...content) {
    if (underWay.getStore() !== undefined) {
      pass('before the answer');
      this.once('finish', () => pass('after the answer'));
    }
    return end.apply(this, content);
  };
}

/** A protobuf number and where it ends. */
function varint(bytes, from) {
  let value = 0;
  for (let at = from, shift = 0; ; at++, shift += 7) {
    value |= (bytes[at] & 127) << shift;
    if (bytes[at] < 128) return [value, at + 1];
  }
}

/** The id that a message from the worker's core (or, after its length, one to it) begins with: its run or its task. */
function idOf(message, { delimited }) {
  const bytes = Buffer.from(message);
  const [, tag] = delimited ? varint(bytes, 0) : [0, 0];
  const [length, start] = varint(bytes, tag + 1);
  return bytes.toString('base64', start, start + length);
}

/** Activities of the path's company, and what the worker takes from Temporal and hands back for it. */
function watchWork() {
  const { Worker } = require('@temporalio/worker');
  const { create } = Worker;
  const activityByToken = new Map();
  const companyByRun = new Map();

  const inbound = ({ info }) => ({
    inbound: {
      execute(input, next) {
        if (!isOfPlan(input.args)) return next(input);
        activityByToken.set(info.base64TaskToken, info.activityType);
        pass(`before ${info.activityType}`);
        return underWay.run(info.activityType, () =>
          next(input).finally(() => pass(`after ${info.activityType}`)),
        );
      },
    },
  });
  const between = async (name, work) => {
    if (name === undefined) return work();
    pass(`before ${name}`);
    const result = await work();
    pass(`after ${name}`);
    return result;
  };

  Worker.create = async function (options) {
    const worker = await create.call(this, { ...options, interceptors: { activity: [inbound] } });
    const { nativeWorker } = worker;
    const { pollWorkflowActivation, completeWorkflowActivation, completeActivityTask } = nativeWorker;
    nativeWorker.pollWorkflowActivation = async () => {
      const activation = await pollWorkflowActivation();
      const runId = idOf(activation, { delimited: false });
      // Only the first activation of a run in this process holds its input.
      const [companyId] = /com_[0-9a-z]{26}/.exec(Buffer.from(activation).toString('latin1')) ?? [];
      if (companyId !== undefined) companyByRun.set(runId, companyId);
      if (isOfPlan(companyByRun.get(runId))) pass('after a workflow activation');
      return activation;
    };
    nativeWorker.completeWorkflowActivation = (completion) =>
      between(
        isOfPlan(companyByRun.get(idOf(completion, { delimited: true })))
          ? 'a workflow completion'
          : undefined,
        () => completeWorkflowActivation(completion),
      );
    nativeWorker.completeActivityTask = (completion) => {
      const token = idOf(completion, { delimited: true });
      const activity = activityByToken.get(token);
      activityByToken.delete(token);
      return between(activity && `the completion of ${activity}`, () => completeActivityTask(completion));
    };
    return worker;
  };
}

/** The outbox's jobs are forgotten by their positions, which only the answer that brought them ties to the company. */
function jobsOfPlan() {
  const positions = new Set();
  return (value) => {
    const rows = Array.isArray(value) ? value : [];
    for (const row of rows) if (isOfPlan(row) && row.position !== undefined) positions.add(row.position);
    const [statement] = rows;
    return isOfPlan(value) || (statement?.values?.flat() ?? []).some((each) => positions.has(each));
  };
}

if (isMainThread && planFile !== undefined) {
  const nothing = () => false;
  const program = process.argv[1] ?? '';
  if (program.endsWith('api/main.js')) {
    watchRequests();
    watchCalls(nothing);
    watchStatements(nothing);
  } else if (program.endsWith('worker/main.js')) {
    watchWork();
    watchStatements(nothing);
  } else if (program.endsWith('worker/relay-main.js')) {
    watchCalls(isOfPlan);
    watchStatements(jobsOfPlan());
  }
}

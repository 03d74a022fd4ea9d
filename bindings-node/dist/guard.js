import { reasonOf } from './convert.js';
import { BailiwickError, Denied } from './error.js';
import { snapshot } from './snapshot.js';
import { currentTask } from './task.js';
/** @internal */
export function guarded(engine, tool, work, options) {
    if (typeof work !== 'function')
        throw new BailiwickError(`guard: \`${tool}\` needs a function`);
    const names = options.object ? [] : (options.parameters ?? engine.parameters(tool));
    if (names === undefined)
        throw new BailiwickError(`guard: \`${tool}\` is not in the catalog; name its parameters`);
    return function (...args) {
        const task = acting(engine, tool);
        const named = options.object ? one(tool, args) : byName(tool, names, args);
        let fixed;
        try {
            fixed = snapshot(named).value;
        }
        catch (error) {
            // Denied as any call is that cannot be read; should that ever be allowed, it is not made all the same.
            throw refusal(task, tool, named, error);
        }
        const decision = task.decide(tool, fixed);
        if (!decision.allowed)
            throw new Denied(decision);
        const passed = options.object ? [fixed] : names.slice(0, args.length).map((name) => fixed[name]);
        return work.apply(this, passed);
    };
}
function acting(engine, tool) {
    const task = currentTask();
    if (task === undefined)
        throw new BailiwickError(`\`${tool}\` was called outside of a task: use \`task.run\``);
    if (task.engine !== engine)
        throw new BailiwickError(`\`${tool}\` was called in a task of another engine`);
    return task;
}
function byName(tool, names, args) {
    if (args.length > names.length)
        throw new BailiwickError(`\`${tool}\` takes ${names.length} arguments, ${args.length} were given`);
    return Object.defineProperties({}, Object.fromEntries(args.map((value, index) => [names[index], { value, enumerable: true, writable: true, configurable: true }])));
}
function one(tool, args) {
    const [only] = args;
    if (args.length !== 1 || typeof only !== 'object' || only === null)
        throw new BailiwickError(`\`${tool}\` takes one object`);
    return only;
}
function refusal(task, tool, named, error) {
    const decision = task.decide(tool, named);
    return decision.allowed ? new BailiwickError(`\`${tool}\`: ${reasonOf(error)}`, 'call.malformed') : new Denied(decision);
}

import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { TidemarkError } from '#server/base/error.ts';
import type { Role } from './role.ts';

/** A place in a thread. */
export interface Lodging {
  readonly port: MessagePort;
  /** The port is closed; the thread ends with the last of its lodgers. Resolves when that is done. Never throws. */
  leave(): Promise<void>;
}

interface Thread {
  readonly worker: Worker;
  /** What each lodger is told when the thread ends by itself. */
  readonly lodgers: Set<(error: TidemarkError) => void>;
}

/** Lodgers leave little that lives on: more room for it only makes every thread larger before it is looked through. */
const youngMegabytes = 8;

/** Threads of one role, as many as asked for at most; lodgers share them evenly. A thread lives as long as it has any. */
export class Threads {
  private readonly role: Role;
  private readonly most: number;
  private readonly running = new Set<Thread>();

  constructor(role: Role, most: number) {
    this.role = role;
    this.most = most;
  }

  /** `onCrash` is told when the thread ended by itself, with its last words as the cause: `internal/thread-ended`. */
  lodge(onCrash: (error: TidemarkError) => void): Lodging {
    const thread = this.roomiest();
    const { port1, port2 } = new MessageChannel();
    thread.lodgers.add(onCrash);
    thread.worker.postMessage(port2, [port2]);
    return {
      port: port1,
      leave: async () => {
        port1.close();
        thread.lodgers.delete(onCrash);
        if (thread.lodgers.size > 0 || !this.running.delete(thread)) return;
        await thread.worker.terminate();
      },
    };
  }

  private roomiest(): Thread {
    const running = [...this.running];
    if (running.length < this.most) return this.start();
    return running.reduce((least, thread) => (thread.lodgers.size < least.lodgers.size ? thread : least));
  }

  private start(): Thread {
    const worker = new Worker(new URL('main.ts', import.meta.url), {
      workerData: { role: this.role },
      execArgv: [],
      resourceLimits: { maxYoungGenerationSizeMb: youngMegabytes },
    });
    const thread: Thread = { worker, lodgers: new Set() };
    this.running.add(thread);
    let last: unknown;
    worker.on('error', (error) => {
      last = error;
    });
    worker.on('exit', (code) => {
      this.running.delete(thread);
      const reason = last instanceof Error ? last.message : `exit code ${code}`;
      const error = new TidemarkError('internal/thread-ended', `a ${this.role} thread ended by itself: ${reason}`, {
        ...(last === undefined ? {} : { cause: last }),
      });
      for (const tell of thread.lodgers) tell(error);
      thread.lodgers.clear();
    });
    return thread;
  }
}

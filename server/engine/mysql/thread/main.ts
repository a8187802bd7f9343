/** The program of a thread (threads.ts): it serves every port it is sent, in the role it was started for. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { type Role, roles } from './role.ts';

const { serve } = await roles[(workerData as { role: Role }).role]();
parentPort!.on('message', (port: MessagePort) => serve(port));

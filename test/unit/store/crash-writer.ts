// Programs that fill a store until they are killed.

const WINDOW_OF = `
  const windowOf = (i) => {
    const startSeconds = 1783900800 + i * 60;
    const host = { host: '10.0.0.5', mac: null, macFrom: null, names: [], vlans: [], flows: 1, packets: 1, bytesUp: i,
      bytesDown: 0, firstUs: startSeconds * 1e6, lastUs: startSeconds * 1e6, notVisible: [] };
    const stats = { packets: 1, bytes: 1, flows: 1, hellosComplete: 0, hellosIncomplete: 0, snaplenCut: 0,
      evictedFlows: 0, kernelDrops: 0, malformed: {}, undecoded: 0, overflow: {} };
    return { sensor: 'a', startSeconds, revision: 0, lengthSeconds: 60, stats, hosts: [host], rows: [], queriedNames: [] };
  };
`;

/** A program that puts windows of one minute after the other, and prints the number of each that was acknowledged. */
export const WRITER = `${WINDOW_OF}
  const { openStore } = await import(process.argv[2] + '/store/open.js');
  const store = await openStore(process.argv[3], { mode: 'write' });
  const first = Number(process.argv[4]);
  console.log('open');
  for (let i = first; i < first + 100000; i++) {
    await store.put([windowOf(i)]);
    process.stdout.write(i + '\\n');
  }
`;

/** The same, which opens the store for each window, again and again while another process has it. */
export const PATIENT_WRITER = `${WINDOW_OF}
  const { openStore } = await import(process.argv[2] + '/store/open.js');
  console.log('open');
  for (let i = Number(process.argv[4]); ; ) {
    try {
      const store = await openStore(process.argv[3], { mode: 'write' });
      await store.put([windowOf(i)]);
      process.stdout.write(i++ + '\\n');
      await store.close();
    } catch (error) {
      if (error.code !== 'STORE_BUSY') throw error;
    }
  }
`;

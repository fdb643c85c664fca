/** A kind of machine that TensorFlow publishes wheels for. */
export interface Platform {
  /** What pip calls the machine, newest first. */
  tags: string[];
  /** How the tag of a wheel for it begins and ends. */
  system: string;
  processor: string;
  /** The two libraries, as the wheels name them. */
  libraries: readonly string[];
  /** Name of the wheel without CUDA, and of the one with it. */
  cpu: string;
  gpu?: string;
  /** How the compiler makes a module for Node.js that looks for libraries in the folder beside it. */
  link: string[];
}

const LINUX_LIBRARIES = ['tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2'];
const LINUX_LINK = ['-shared', '-Wl,-rpath,$ORIGIN/tensorflow'];

const platforms: Readonly<Record<string, Platform>> = {
  'linux x64': {
    tags: manylinux('x86_64'),
    system: 'manylinux',
    processor: 'x86_64',
    libraries: LINUX_LIBRARIES,
    cpu: 'tensorflow-cpu',
    gpu: 'tensorflow',
    link: LINUX_LINK,
  },
  'linux arm64': {
    tags: manylinux('aarch64'),
    system: 'manylinux',
    processor: 'aarch64',
    libraries: LINUX_LIBRARIES,
    cpu: 'tensorflow',
    link: LINUX_LINK,
  },
  'darwin arm64': {
    tags: ['macosx_12_0_arm64'],
    system: 'macosx',
    processor: 'arm64',
    libraries: ['tensorflow/libtensorflow_cc.2.dylib', 'tensorflow/libtensorflow_framework.2.dylib'],
    cpu: 'tensorflow',
    link: ['-bundle', '-undefined', 'dynamic_lookup', '-Wl,-rpath,@loader_path/tensorflow'],
  },
};

/** Of manylinux tags: a machine takes wheels for older ones too, and pip does not add those by itself. */
function manylinux(processor: string): string[] {
  const newest = 28;
  const versions = Array.from({ length: newest - 16 }, (_, i) => newest - i);
  return [...versions.map((minor) => `manylinux_2_${minor}_${processor}`), `manylinux2014_${processor}`];
}

/** The machine this runs on. @throws RangeError  where TensorFlow publishes no wheel for it */
export function thisPlatform(machine: string = `${process.platform} ${process.arch}`): Platform {
  const found = platforms[machine];
  if (!found) {
    throw new RangeError(
      `setup tensorflow: there is no TensorFlow wheel for ${machine} (there are: ` +
        `${Object.keys(platforms).join(', ')}; the backends native and cpu work here)`,
    );
  }
  if (process.platform === 'linux' && isMusl()) {
    throw new RangeError(
      "setup tensorflow: TensorFlow's wheels need glibc, which this Linux does not have (use a distribution " +
        'with glibc, such as Debian; the backends native and cpu work here)',
    );
  }
  return found;
}

function isMusl(): boolean {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime === undefined;
}

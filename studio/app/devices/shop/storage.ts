/** A storage that keeps to its own part of another one, as a browser keeps to its own disk. */

interface Backing {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

export class DeviceStorage implements Backing {
  private readonly backing: Backing;

  constructor(
    backing: Backing | Map<string, string>,
    private readonly device: string,
  ) {
    this.backing = backing instanceof Map ? overMap(backing) : backing;
  }

  getItem(key: string): string | null {
    return this.backing.getItem(this.own(key));
  }

  setItem(key: string, value: string): void {
    this.backing.setItem(this.own(key), value);
  }

  removeItem(key: string): void {
    this.backing.removeItem(this.own(key));
  }

  private own(key: string): string {
    return `device/${this.device}/${key}`;
  }
}

function overMap(map: Map<string, string>): Backing {
  return {
    getItem: (key) => map.get(key) ?? null,
    setItem: (key, value) => void map.set(key, value),
    removeItem: (key) => void map.delete(key),
  };
}

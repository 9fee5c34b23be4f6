# SPDX-License-Identifier: Apache-2.0
# Objects, methods and attributes: a small operating system that schedules tasks (M. Richards'
# benchmark, shortened: an idler, a worker, two handlers, two devices).
IDLE, WORKER, HANDLER_A, HANDLER_B, DEVICE_A, DEVICE_B = range(6)
KIND_DEVICE, KIND_WORK = 1, 2


class Packet:
    def __init__(self, link, ident, kind):
        self.link, self.ident, self.kind = link, ident, kind
        self.datum = 0
        self.data = [0] * 4

    def append_to(self, queue):
        self.link = None
        if queue is None:
            return self
        p = queue
        while p.link is not None:
            p = p.link
        p.link = self
        return queue


class Task:
    def __init__(self, ident, priority, queue, scheduler, waiting):
        self.ident, self.priority = ident, priority
        self.queue, self.scheduler = queue, scheduler
        self.waiting, self.holding = waiting, False
        self.pending = queue is not None
        scheduler.add(self)

    def is_blocked(self):
        return self.holding or (not self.pending and self.waiting)

    def accept(self, packet):
        self.queue = packet.append_to(self.queue)
        self.pending = True
        return self

    def take(self):
        packet = self.queue
        if packet is not None:
            self.queue = packet.link
            self.pending = self.queue is not None
        return packet

    def resume(self):
        packet = None
        if self.waiting and self.pending and not self.holding:
            packet = self.take()
            self.waiting = False
        return self.run(packet)


class Idler(Task):
    def __init__(self, scheduler, count):
        super().__init__(IDLE, 0, None, scheduler, False)
        self.control, self.count = 1, count

    def run(self, packet):
        self.count -= 1
        if self.count == 0:
            return self.scheduler.hold(self)
        if self.control & 1 == 0:
            self.control //= 2
            return self.scheduler.release(DEVICE_A, self)
        self.control = self.control // 2 ^ 0xd008
        return self.scheduler.release(DEVICE_B, self)


class Worker(Task):
    def __init__(self, scheduler, queue):
        super().__init__(WORKER, 1000, queue, scheduler, True)
        self.destination, self.letter = HANDLER_A, 0

    def run(self, packet):
        if packet is None:
            return self.scheduler.wait(self)
        self.destination = HANDLER_B if self.destination == HANDLER_A else HANDLER_A
        packet.ident, packet.datum = self.destination, 0
        for i in range(4):
            self.letter = self.letter + 1 if self.letter < 26 else 1
            packet.data[i] = 64 + self.letter
        return self.scheduler.send(packet, self)


class Handler(Task):
    def __init__(self, ident, priority, queue, scheduler):
        super().__init__(ident, priority, queue, scheduler, True)
        self.work, self.devices = None, None

    def run(self, packet):
        if packet is not None:
            if packet.kind == KIND_WORK:
                self.work = packet.append_to(self.work)
            else:
                self.devices = packet.append_to(self.devices)
        if self.work is not None:
            work = self.work
            at = work.datum
            if at >= 4:
                self.work = work.link
                return self.scheduler.send(work, self)
            if self.devices is not None:
                device = self.devices
                self.devices = device.link
                device.datum = work.data[at]
                work.datum = at + 1
                return self.scheduler.send(device, self)
        return self.scheduler.wait(self)


class Device(Task):
    def __init__(self, ident, priority, scheduler):
        super().__init__(ident, priority, None, scheduler, True)
        self.request = None

    def run(self, packet):
        if packet is None:
            if self.request is None:
                return self.scheduler.wait(self)
            packet, self.request = self.request, None
            return self.scheduler.send(packet, self)
        self.request = packet
        return self.scheduler.hold(self)


class Scheduler:
    def __init__(self):
        self.tasks, self.table = [], [None] * 6
        self.holds = self.sends = 0

    def add(self, task):
        self.tasks.append(task)
        self.tasks.sort(key=lambda t: -t.priority)
        self.table[task.ident] = task

    def first_after(self, task):
        i = self.tasks.index(task) + 1
        return self.tasks[i] if i < len(self.tasks) else None

    def hold(self, task):
        self.holds += 1
        task.holding = True
        return self.first_after(task)

    def wait(self, task):
        task.waiting = True
        return task

    def release(self, ident, task):
        other = self.table[ident]
        other.holding = False
        return other if other.priority > task.priority else task

    def send(self, packet, task):
        self.sends += 1
        target = self.table[packet.ident]
        packet.link, packet.ident = None, task.ident
        target.accept(packet)
        return target if target.priority > task.priority else task

    def run(self):
        task = self.tasks[0]
        while task is not None:
            if task.is_blocked():
                task = self.first_after(task)
            else:
                task = task.resume()


def packets(ident, kind, n):
    link = None
    for _ in range(n):
        link = Packet(link, ident, kind)
    return link


def main(count):
    s = Scheduler()
    Idler(s, count)
    Worker(s, packets(WORKER, KIND_WORK, 2))
    Handler(HANDLER_A, 2000, packets(DEVICE_A, KIND_DEVICE, 3), s)
    Handler(HANDLER_B, 3000, packets(DEVICE_B, KIND_DEVICE, 3), s)
    Device(DEVICE_A, 4000, s)
    Device(DEVICE_B, 5000, s)
    s.run()
    return s.sends, s.holds


print(main(50000))

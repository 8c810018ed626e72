export default {
  divided: {
    title: '网格调整通知',
    kinds: { planned: '即将调整', undone: '调整已撤销', in_force: '已经调整' },
    from: '{day}起',
    read: '知道了',
    readBy: '{name} 已阅于 {at}',
  },
}

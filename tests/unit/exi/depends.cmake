list(APPEND depends exi_random)

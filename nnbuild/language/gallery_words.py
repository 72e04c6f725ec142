"""Further words by which a search finds recipes: what people call the layers and ideas in `about`, also in Chinese."""

from __future__ import annotations

# Key: a value of `kind` or `uses`.
FURTHER_WORDS = {
    "convolutional": "convolution CNN 卷积 卷积神经网络",
    "dense": "MLP fully connected 全连接 多层感知机",
    "recurrent": "RNN recurrence 循环神经网络",
    "transformer": "attention 注意力",
    "Dropout": "overfitting regularization 过拟合 正则化",
    "L2": "overfitting regularization weight decay 过拟合 正则化 权重衰减",
    "early stopping": "overfitting 过拟合 早停",
    "vanishing gradients": "gradient backpropagation 梯度 梯度消失 反向传播",
    "Residual": "residual skip connection ResNet 残差",
    "BatchNormalization": "batch norm 批归一化",
    "LSTM": "gates 门控 长短期记忆",
    "GRU": "gates 门控",
    "MultiHeadAttention": "attention 注意力",
    "HeNormal": "initialization initializer 初始化",
    "GlorotUniform": "initialization initializer Xavier 初始化",
    "Huber": "robust loss outliers 损失函数 离群值",
}
